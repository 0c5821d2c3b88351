"""What a proof is asked to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proof.moments import MOMENTS, Moment


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    faults: Sequence[str]
    """The kinds that may happen; each does at least once."""
    seconds: float = 300.0
    rate: float = 100.0
    """Triggers per second."""
    moments: Sequence[Moment] = MOMENTS
    """Where `kill-at` and `pause-at` strike."""
    is_hurried: bool = False
    """The next fault does not wait until the work went on after the one before."""
    workers: int = 3
    partitions: int = 6
    nodes: int = 3
    """Brokers of the embedded Kafka."""
    away_seconds: float = 30.0
    """How long PostgreSQL stays away, when it does."""
    sabotage: str | None = None
    engine: Mapping[str, object] = field(default_factory=dict)
    """Settings of the engine beside those of the environment, by the names of config/settings.py."""
    log_folder: Path | None = None
    """Where the workers' logs are kept; None: nowhere."""

    @property
    def must_fail(self) -> bool:
        """Then chance must not hide what the sabotage does."""
        return self.sabotage is not None


SHOWN_BY: Mapping[str, tuple[Sequence[str], Sequence[Moment]]] = {
    "claims": ((), MOMENTS),
    "transactions": (("kill-at",), (Moment("committed"),)),
    "gate": (("pause-at",), (Moment("claimed"),)),
}
"""For each sabotage the faults, and their moments, that must bring it to light."""
