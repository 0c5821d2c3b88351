"""Every check there is, in the order in which a trigger goes its way."""

from collections.abc import Callable, Iterator, Sequence

from proof.verify.deliveries import check_deliveries, check_order
from proof.verify.evidence import Evidence
from proof.verify.executions import check_executions, check_triggers
from proof.verify.finding import Finding
from proof.verify.ledger import Ledger
from proof.verify.letters import check_dead_letters
from proof.verify.profiles import check_profiles
from proof.verify.settled import check_claims, check_followed, check_offsets, check_transactions
from proof.workload.request import Request

CHECKS: Sequence[Callable[[Ledger, Evidence], Iterator[Finding]]] = (
    check_triggers,
    check_executions,
    check_deliveries,
    check_order,
    check_dead_letters,
    check_profiles,
    check_claims,
    check_offsets,
    check_transactions,
    check_followed,
)


def verify(requests: Sequence[Request], evidence: Evidence) -> list[Finding]:
    """Compare what was sent and what was read. Pure."""
    ledger = Ledger(requests, evidence)
    return [finding for check in CHECKS for finding in check(ledger, evidence)]
