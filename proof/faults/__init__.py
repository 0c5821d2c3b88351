"""What breaks: each kind on real processes, servers and connections."""

from proof.faults.kinds import KINDS, possible

__all__ = ["KINDS", "possible"]
