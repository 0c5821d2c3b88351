"""What a proof is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    seconds: float
    rate: float
    """Triggers per second."""
    faults: Sequence[str]
    """The kinds that may happen."""
    workers: int = 3
    partitions: int = 6
    nodes: int = 3
    """Brokers of the embedded Kafka."""
    away_seconds: float = 30.0
    """How long PostgreSQL stays away, when it does."""
    sabotage: str | None = None
    session_timeout_ms: int | None = None
    """None: as the environment or the engine's default has it; so are the others."""
    transaction_timeout_ms: int | None = None
    batch_max: int | None = None
    log_folder: Path | None = None
    """Where the workers' logs are kept; None: nowhere."""
