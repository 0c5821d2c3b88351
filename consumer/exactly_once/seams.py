"""Named moments in a batch's way, at which the proof lets a process die, sleep or tell the time wrongly.

`clarion run` does nothing at them. Seams are given to the engine by whoever builds it; no setting and no
environment variable reaches them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Moment(StrEnum):
    REVOKED = "revoked"
    """The partitions are about to be given up; the running batch is not finished yet."""
    ASSIGNED = "assigned"
    EPOCHS_RAISED = "epochs-raised"
    """The database knows the new owner; the offsets are not read yet."""
    CLAIMED = "claimed"
    """Profiles and claims are committed; the Kafka transaction has not begun."""
    SENT_SOME = "sent-some"
    """A broker has some of the transaction's records."""
    OFFSETS_SENT = "offsets-sent"
    """All is in the transaction; a moment later its commit is requested."""
    COMMITTED = "committed"
    """The transaction is committed; the acknowledged offsets are not stored yet."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


def _pass(_moment: Moment) -> None:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Seams:
    reached: Callable[[Moment], None] = _pass
    clock: Callable[[], datetime] = wall_clock


NO_SEAMS = Seams()
