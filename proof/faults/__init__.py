"""What breaks: each kind on real processes, servers and connections."""

from proof.faults.kinds import KINDS, Needs

__all__ = ["KINDS", "Needs"]
