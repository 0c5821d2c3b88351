"""Every reason that is known at the door has its row, and no other has."""

import pytest

from consumer.rules.table import RULES
from consumer.triggers.admission import Refused
from gateway.refusals import problem_of
from schemas.reasons import Reason

KNOWN_AT_ONCE = [
    reason for rule in RULES if rule.number in {1, 2, 3, 4, 5, 7, 8, 9} for reason in rule.reasons
]


@pytest.mark.parametrize("reason", KNOWN_AT_ONCE)
def test_a_reason_that_is_known_at_once_is_a_callers_fault(reason: Reason) -> None:
    problem = problem_of(Refused(reason, "Why.", "r-1", "welcome"))

    assert 400 <= problem.status < 500
    assert problem.reason == reason
    assert problem.context == {"requestId": "r-1", "campaignId": "welcome"}


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(KNOWN_AT_ONCE)))
def test_what_only_the_consumer_finds_has_no_row(reason: Reason) -> None:
    with pytest.raises(KeyError):
        problem_of(Refused(reason, "Why."))
