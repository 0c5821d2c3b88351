"""Rule 10 under both defaults of CLARION_CONSENT_DEFAULT."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.decide import judge_channels
from consumer.rules.outcome import UNKNOWN, Candidate, Profile
from schemas.channel import Channel
from schemas.profile import ConsentDefault
from schemas.reasons import Reason
from schemas.trigger import Recipient
from tests.builders import live

DEFAULTS: tuple[ConsentDefault, ConsentDefault] = ("opt-in", "opt-out")


def person(*, external: bool = False, profile: dict[str, Any] | None = None) -> Recipient:
    return Recipient("email", "alice@example.com", external, {}, profile or {}, {"name": "Alice"})


def is_sent(
    default: ConsentDefault, consents: dict[str, Any], kind: str = "marketing", who: Recipient | None = None
) -> bool:
    campaign = live(type=kind)
    [found] = judge_channels(campaign, who or person(), Profile({}, consents), consent_default=default)
    if isinstance(found, Candidate):
        return True
    assert (found.reason, found.channel) == (Reason.NO_CONSENT, Channel.EMAIL)
    return False


def answer(value: object) -> dict[str, Any]:
    return {"marketing": {"email": {"val": value}}}


@pytest.mark.parametrize(
    ("consents", "opt_in", "opt_out"),
    [
        (answer("y"), True, True),
        (answer("n"), False, False),
        # Absent, or nothing that is an answer.
        ({}, False, True),
        ({"marketing": {}}, False, True),
        ({"marketing": {"sms": {"val": "n"}}}, False, True),
        ({"marketing": {"email": {"time": "2026-01-01T00:00:00Z"}}}, False, True),
        ({"marketing": "n"}, False, True),
        (answer("p"), False, True),
        (answer("N"), False, True),
        (answer(None), False, True),
    ],
)
def test_what_an_answer_means(consents: dict[str, Any], opt_in: bool, opt_out: bool) -> None:  # noqa: FBT001
    assert is_sent("opt-in", consents) is opt_in
    assert is_sent("opt-out", consents) is opt_out


@given(st.sampled_from(DEFAULTS), st.one_of(st.none(), st.text(max_size=2), st.booleans(), st.integers()))
def test_y_is_always_yes_and_n_always_no(default: ConsentDefault, value: object) -> None:
    if value == "y":
        assert is_sent(default, answer(value))
    elif value == "n":
        assert not is_sent(default, answer(value))
    else:
        assert is_sent(default, answer(value)) is (default == "opt-out")


@pytest.mark.parametrize("default", DEFAULTS)
def test_a_transactional_campaign_asks_under_no_default(default: ConsentDefault) -> None:
    assert is_sent(default, answer("n"), kind="transactional")


@pytest.mark.parametrize("default", DEFAULTS)
def test_an_external_recipient_is_excluded_under_both(default: ConsentDefault) -> None:
    """Their stored refusal is not looked up."""
    assert not is_sent(default, {}, who=person(external=True))


def test_an_inline_profile_can_neither_consent_nor_refuse() -> None:
    refusing = person(profile={"consents": answer("n"), **answer("n")})
    assert is_sent("opt-out", {}, who=refusing)
    assert not is_sent("opt-in", {}, who=person(profile={"consents": answer("y"), **answer("y")}))


def test_a_new_profile_gets_marketing_by_opt_out_only() -> None:
    assert is_sent("opt-out", UNKNOWN.consents)
    assert not is_sent("opt-in", UNKNOWN.consents)
