"""What breaks: each kind in one class, each on real processes, servers and connections."""

from proof.faults.deck import KINDS, Deck
from proof.faults.fault import Fault

__all__ = ["KINDS", "Deck", "Fault"]
