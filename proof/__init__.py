"""The proof: real processes, real faults, and a count by somebody else, whether exactly once is what happened.

`workload` makes triggers whose effects it knows beforehand, `faults` breaks what can break meanwhile, `verify`
reads topics and tables by itself and compares. Workload and verifier share no code with the engine.
"""

from proof.faults import KINDS
from proof.perform import perform
from proof.plan import SHOWN_BY, Plan
from proof.processes import ProofError
from proof.report import Report
from proof.screen import Screen
from proof.workload.sender import UnsentError

__all__ = ["KINDS", "SHOWN_BY", "Plan", "ProofError", "Report", "Screen", "UnsentError", "perform"]
