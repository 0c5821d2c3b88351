"""What feedback says of an address: whether it keeps bouncing, and whether it wants to be written to.

Both follow from the set of its events and their times, not from the order in which they come.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class AddressEvent(NamedTuple):
    """`hard`, `soft`, `delivered`, `complained`, `unsubscribed` or `resubscribed`."""

    at: datetime
    kind: str


def keeps_bouncing(history: Iterable[AddressEvent], limit: int) -> bool:
    """Whether it bounced hard, or softly `limit` times in a row without a success between them."""
    run = 0
    # Of two events at one time, the success comes first: a run is not broken by what may have been before it.
    for event in sorted(history, key=lambda event: (event.at, event.kind != "delivered")):
        if event.kind == "hard":
            return True
        if event.kind == "delivered":
            run = 0
        elif event.kind == "soft":
            run += 1
            if run >= limit:
                return True
    return False


def is_unsubscribed(history: Iterable[AddressEvent]) -> bool:
    """What it said last; of two words at one time, the no counts."""
    said = [event for event in history if event.kind in ("unsubscribed", "resubscribed")]
    return bool(said) and max(said, key=lambda e: (e.at, e.kind == "unsubscribed")).kind == "unsubscribed"
