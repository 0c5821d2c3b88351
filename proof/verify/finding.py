"""What the verifier finds wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    LOST = "lost"
    """Something that should be there is not."""
    DUPLICATED = "duplicated"
    """Something is there more than once."""
    MISORDERED = "misordered"
    """One person's messages are not in the order of their triggers."""
    PHANTOM = "phantom"
    """Something is there that nothing asked for."""
    WRONG = "wrong"
    """Something is there, but not as it should be; or two places contradict each other."""
    UNSETTLED = "unsettled"
    """Work does not come to its end: offsets behind, a transaction open, readers held back."""
    DIED = "died"
    """A process of the engine ended though nobody ended it."""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    check: str
    """Which check found it."""
    sentence: str
