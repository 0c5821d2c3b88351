"""What outcomes of a page come to, member by member."""

import pytest

from consumer.audiences.handler import _others
from schemas.json import JsonObject

DELIVERY: JsonObject = {"outcome": "delivery"}
NO_CONSENT: JsonObject = {"outcome": "exclusion", "reason": "no_consent"}
NO_ADDRESS: JsonObject = {"outcome": "rejection", "reason": "missing_address"}
HELD: JsonObject = {"outcome": "held", "reason": "quiet_hours"}
QUIET: JsonObject = {"outcome": "exclusion", "reason": "quiet_hours"}


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([DELIVERY, NO_ADDRESS], None),
        ([NO_CONSENT, NO_ADDRESS], "missing_address"),
        ([NO_CONSENT, QUIET], "no_consent"),
        ([QUIET], "quiet_hours"),
        ([NO_ADDRESS, HELD], "held"),
        ([HELD, DELIVERY], None),
    ],
)
def test_a_member_has_one_reason_or_none(outcomes: list[JsonObject], reason: str | None) -> None:
    of_bo = [{"recipient": "email:bo", **outcome} for outcome in outcomes]
    found = _others(["email:alice", "email:bo"], of_bo, is_replay=False)
    assert found == ({"1": reason} if reason else {})


def test_a_rejected_trigger_is_that_of_all_its_members() -> None:
    assert _others(["a", "b"], [NO_ADDRESS], is_replay=False) == {
        "0": "missing_address",
        "1": "missing_address",
    }


def test_a_replay_takes_back_the_reasons_of_those_who_got_their_message() -> None:
    outcomes = [{"recipient": "b", **DELIVERY}, {"recipient": "c", **NO_CONSENT}]
    assert _others(["a", "b", "c"], outcomes, is_replay=True) == {"1": None, "2": "no_consent"}
