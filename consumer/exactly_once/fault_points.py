"""Named points in a batch's way, at which the proof kills or pauses a process, or gives it a wrong clock.

`clarion run` does nothing at them. They are an argument of the engine; no setting and no environment variable
reaches them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class FaultPoint(StrEnum):
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


def _pass(_point: FaultPoint) -> None:
    """Go on."""


@dataclass(frozen=True, slots=True)
class FaultPoints:
    reached: Callable[[FaultPoint], None] = _pass
    clock: Callable[[], datetime] = wall_clock


NO_FAULT_POINTS = FaultPoints()
