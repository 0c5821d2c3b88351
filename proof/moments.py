"""The moments at which a process can be killed or paused, as the proof says them to a worker."""

from typing import NamedTuple


class Moment(NamedTuple):
    name: str
    """Of a fault point, as in consumer/exactly_once/fault_points.py."""
    milliseconds: int = 0
    """How much later: a commit is requested some time after the offsets were sent."""

    @property
    def is_in_a_rebalance(self) -> bool:
        return self.name in {"revoked", "assigned", "epochs-raised"}

    def __str__(self) -> str:
        return f"{self.milliseconds} ms after {self.name}" if self.milliseconds else f"at {self.name}"


MOMENTS = (
    Moment("claimed"),
    Moment("sent-some"),
    Moment("offsets-sent"),
    Moment("offsets-sent", 2),
    Moment("offsets-sent", 6),
    Moment("committed"),
    Moment("revoked"),
    Moment("assigned"),
    Moment("epochs-raised"),
)
