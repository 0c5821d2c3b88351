"""Rules 3 to 13 as pure functions: time, profiles and what the database said are arguments."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.campaign import Campaign, NotLive
from consumer.rules.decide import compose, judge_channels, judge_identity, judge_trigger, settle
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery, Exclusion, Outcome, Profile, Rejection
from schemas.channel import Channel
from schemas.ids import execution_id
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger
from tests.builders import EMAIL, PUSH, SMS, live

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
EXECUTION = execution_id("welcome", "r")
ALL_CHANNELS: dict[str, Any] = {"channels": {"email": EMAIL, "sms": SMS, "push": PUSH}}
OPTED_IN: dict[str, Any] = {"marketing": {channel.value: {"val": "y"} for channel in Channel}}

# Zones ahead and behind, with summer time and without, and one that changes by half an hour.
zones = st.sampled_from(
    [
        UTC,
        *map(ZoneInfo, ["Europe/Stockholm", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"]),
        timezone(timedelta(hours=-23, minutes=-59)),
        timezone(timedelta(hours=23, minutes=59)),
    ]
)
moments = st.builds(
    lambda microseconds, zone: (datetime(1971, 1, 1, tzinfo=UTC) + microseconds * MOMENT).astimezone(zone),
    st.integers(0, 4 * 10**15),
    zones,
)


def person(user_id: str = "alice@example.com", **fields: Any) -> Recipient:
    known: dict[str, Any] = {
        "namespace": "email",
        "external": False,
        "channel_data": {},
        "profile": {},
        "context": {"name": "Alice"},
    }
    return Recipient(user_id=user_id, **known | fields)


def called(*recipients: Recipient) -> Trigger:
    return Trigger("r", "welcome", EXECUTION, recipients or (person(),))


def reason(
    campaign: Campaign | NotLive | None,
    trigger: Trigger | None = None,
    *,
    lane: str = "unitary",
    age: timedelta = timedelta(),
    now: datetime = NOW,
) -> Reason | None:
    judged = judge_trigger(trigger or called(), campaign, lane=lane, received_at=now - age, now=now)
    return judged.reason if isinstance(judged, Rejection) else None


# --- rules 3 to 7: the whole trigger -------------------------------------------------------------------


def test_a_live_campaign_without_dates_is_executed() -> None:
    assert reason(live()) is None


def test_a_campaign_that_nobody_knows_is_unknown() -> None:
    assert reason(None) is Reason.UNKNOWN_CAMPAIGN


@pytest.mark.parametrize("status", ["draft", "stopped", "archived"])
def test_a_campaign_that_is_not_live_is_told_with_its_status(
    status: Literal["draft", "stopped", "archived"],
) -> None:
    rejection = judge_trigger(called(), NotLive(status, 2), lane="unitary", received_at=NOW, now=NOW)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.CAMPAIGN_NOT_LIVE
    assert status in rejection.detail


def test_the_start_is_inclusive() -> None:
    campaign = live(start=NOW)
    assert reason(campaign, now=NOW - MOMENT) is Reason.BEFORE_START
    assert reason(campaign, now=NOW) is None


def test_the_end_is_exclusive() -> None:
    campaign = live(end=NOW)
    assert reason(campaign, now=NOW - MOMENT) is None
    assert reason(campaign, now=NOW) is Reason.AFTER_END


@given(moments, moments, moments)
def test_a_window_is_its_instants_in_whatever_zones_they_are_written(
    start: datetime, end: datetime, now: datetime
) -> None:
    found = reason(live(start=start, end=end), now=now)
    if now.astimezone(UTC) < start.astimezone(UTC):
        assert found is Reason.BEFORE_START
    elif now.astimezone(UTC) >= end.astimezone(UTC):
        assert found is Reason.AFTER_END
    else:
        assert found is None


@given(moments)
def test_the_boundaries_of_a_window_hold_to_the_microsecond(moment: datetime) -> None:
    now = moment.astimezone(UTC)
    assert reason(live(start=moment, end=now + MOMENT), now=now) is None
    assert reason(live(start=moment), now=now - MOMENT) is Reason.BEFORE_START
    assert reason(live(end=moment), now=now) is Reason.AFTER_END


def test_a_trigger_older_than_max_age_is_expired_and_one_just_as_old_is_not() -> None:
    campaign = live(maxAge="15m")
    assert reason(campaign, age=timedelta(minutes=15)) is None
    assert reason(campaign, age=timedelta(minutes=15) + MOMENT) is Reason.EXPIRED
    assert reason(campaign, age=-timedelta(days=1)) is None
    assert reason(live(), age=timedelta(days=9_000)) is None


def test_each_lane_takes_its_own_campaigns_only() -> None:
    fast = live(lane="high-throughput")
    external = called(person(external=True))
    assert reason(fast, external, lane="high-throughput") is None
    assert reason(fast, external, lane="unitary") is Reason.WRONG_LANE
    assert reason(live(), external, lane="high-throughput") is Reason.WRONG_LANE
    assert reason(live(), external, lane="unitary") is None


def test_the_audience_lane_takes_campaigns_of_the_unitary_lane() -> None:
    assert reason(live(), called(), lane="audience") is None
    assert reason(live(type="marketing"), called(), lane="audience") is None
    assert reason(live(lane="high-throughput"), called(), lane="audience") is Reason.WRONG_LANE


def test_the_high_throughput_lane_takes_external_recipients_and_transactional_campaigns_only() -> None:
    some = called(person(external=True), person("b@b.c"))
    marketing = live(lane="high-throughput", type="marketing")
    assert reason(live(lane="high-throughput"), some, lane="high-throughput") is Reason.WRONG_LANE
    found = reason(marketing, called(person(external=True)), lane="high-throughput")
    assert found is Reason.WRONG_LANE


def test_the_window_comes_before_the_age_and_the_age_before_the_lane() -> None:
    faults: dict[str, Any] = {"maxAge": "1m", "lane": "high-throughput"}
    old = timedelta(hours=1)
    assert reason(live(start=NOW + MOMENT, **faults), age=old) is Reason.BEFORE_START
    assert reason(live(end=NOW, **faults), age=old) is Reason.AFTER_END
    assert reason(live(**faults), age=old) is Reason.EXPIRED
    assert reason(live(**faults)) is Reason.WRONG_LANE


# --- rules 8 and 9: the recipient ----------------------------------------------------------------------


def test_a_recipient_is_named_in_the_campaigns_namespace() -> None:
    rejection = judge_identity(live(), person(namespace="crm"), UNKNOWN)
    assert rejection
    assert (rejection.reason, rejection.channel) == (Reason.NAMESPACE_MISMATCH, None)


def test_a_person_without_a_profile_is_rejected_only_if_the_campaign_creates_none() -> None:
    closed = live(createProfiles=False)
    rejection = judge_identity(closed, person(), None)
    assert rejection
    assert (rejection.reason, rejection.channel) == (Reason.UNKNOWN_PROFILE, None)
    assert judge_identity(closed, person(), UNKNOWN) is None
    assert judge_identity(live(), person(), None) is None


def test_an_external_recipient_needs_no_profile() -> None:
    assert judge_identity(live(createProfiles=False), person(external=True), None) is None


def test_the_namespace_is_looked_at_before_the_profile() -> None:
    rejection = judge_identity(live(createProfiles=False), person(namespace="crm"), None)
    assert rejection
    assert rejection.reason is Reason.NAMESPACE_MISMATCH


# --- rules 10 and 11: consent, address -----------------------------------------------------------------


def judged(
    campaign: Campaign,
    who: Recipient | None = None,
    profile: Profile = UNKNOWN,
    replayed: Sequence[Channel] | None = None,
) -> dict[Channel | None, Reason | None]:
    outcomes = judge_channels(campaign, who or person(), profile, replayed)
    return {found.channel: None if isinstance(found, Candidate) else found.reason for found in outcomes}


def consenting(value: object) -> Profile:
    return Profile({}, {"marketing": {"email": {"val": value}}})


@pytest.mark.parametrize("value", ["n", "Y", "yes", "", True, 1, None, ["y"]])
def test_marketing_needs_an_explicit_opt_in(value: object) -> None:
    assert judged(live(type="marketing"), profile=consenting(value)) == {Channel.EMAIL: Reason.NO_CONSENT}


@pytest.mark.parametrize(
    "consents",
    [{}, {"marketing": {}}, {"marketing": "y"}, {"marketing": {"email": "y"}}, {"email": {"val": "y"}}],
)
def test_absent_consent_is_no_consent(consents: dict[str, object]) -> None:
    found = judged(live(type="marketing"), profile=Profile({}, consents))
    assert found == {Channel.EMAIL: Reason.NO_CONSENT}


def test_consent_is_per_channel() -> None:
    campaign = live(type="marketing", **ALL_CHANNELS)
    who = person(channel_data={"mobilePhoneNumber": "12345", "pushInfo": {"token": "t"}})
    assert judged(campaign, who, consenting("y")) == {
        Channel.EMAIL: None,
        Channel.SMS: Reason.NO_CONSENT,
        Channel.PUSH: Reason.NO_CONSENT,
    }


def test_an_inline_profile_never_counts_for_consent() -> None:
    who = person(profile={"consents": OPTED_IN, **OPTED_IN})
    assert judged(live(type="marketing"), who) == {Channel.EMAIL: Reason.NO_CONSENT}


def test_a_transactional_campaign_does_not_ask_for_consent() -> None:
    assert judged(live(), profile=consenting("n")) == {Channel.EMAIL: None}


def test_every_channel_is_judged_by_itself_and_in_order() -> None:
    who = person(channel_data={"mobilePhoneNumber": "no number"})
    found = judged(live(**ALL_CHANNELS), who)
    assert list(found.items()) == [
        (Channel.EMAIL, None),
        (Channel.SMS, Reason.INVALID_ADDRESS),
        (Channel.PUSH, Reason.MISSING_ADDRESS),
    ]


def detail(campaign: Campaign, channel_data: dict[str, object], profile: Profile = UNKNOWN) -> str:
    [rejection] = judge_channels(campaign, person(channel_data=channel_data), profile)
    assert isinstance(rejection, Rejection)
    return rejection.detail


@pytest.mark.parametrize(
    ("channels", "data", "sentence"),
    [
        (
            {"email": EMAIL},
            {"emailAddress": "\u202aa@b.c"},
            "The email address holds U+202A, which is not allowed.",
        ),
        ({"email": EMAIL}, {"emailAddress": "nonsense"}, "The email address has no @."),
        ({"sms": SMS}, {"mobilePhoneNumber": "12"}, "The sms address has 2 digits; 3 to 20 are needed."),
        (
            {"push": PUSH},
            {"pushInfo": {"token": "a\n", "appId": "b"}},
            "The push address holds U+000A in its token, which is not allowed.",
        ),
    ],
)
def test_the_detail_of_an_invalid_address_says_what_is_wrong_with_it(
    channels: dict[str, Any], data: dict[str, object], sentence: str
) -> None:
    assert detail(live(channels=channels), data) == sentence


def test_an_international_domain_is_delivered_in_punycode() -> None:
    [candidate] = judge_channels(live(), person(channel_data={"emailAddress": "a@exämple.com"}), UNKNOWN)
    assert isinstance(candidate, Candidate)
    assert candidate.address == "a@xn--exmple-cua.com"


def test_tokens_that_all_are_for_other_apps_are_no_address_and_the_detail_says_so() -> None:
    tokens = [{"token": "T", "appId": "org.other"}, {"token": "U", "appId": "org.another"}]
    profile = Profile({"pushNotificationDetails": tokens}, {})
    assert judged(live(channels={"push": PUSH}), profile=profile) == {Channel.PUSH: Reason.MISSING_ADDRESS}
    assert detail(live(channels={"push": PUSH}), {}, profile) == (
        "None of the profile's push tokens (2) fits the appId and platforms "
        "of the channel configuration 'app'."
    )
    assert "Neither channelData nor the profile" in detail(live(channels={"push": PUSH}), {})


def test_consent_is_asked_for_before_the_address() -> None:
    who = person(channel_data={"emailAddress": "nonsense"})
    assert judged(live(type="marketing"), who) == {Channel.EMAIL: Reason.NO_CONSENT}


def test_a_replay_judges_only_the_channels_that_failed() -> None:
    assert judged(live(**ALL_CHANNELS), replayed=[Channel.EMAIL]) == {Channel.EMAIL: None}


def test_a_failed_channel_that_the_campaign_no_longer_has_is_told() -> None:
    found = judged(live(), replayed=[Channel.EMAIL, Channel.SMS])
    assert found == {Channel.EMAIL: None, Channel.SMS: Reason.CHANNEL_REMOVED}


# --- suppression, and rule 13 --------------------------------------------------------------------------


def composed(campaign: Campaign, *suppressed: str) -> Outcome:
    [candidate] = judge_channels(campaign, person(), Profile({}, OPTED_IN))
    assert isinstance(candidate, Candidate)
    return compose(campaign, EXECUTION, candidate, set(suppressed))


@pytest.mark.parametrize("kind", ["transactional", "marketing"])
def test_a_bounce_blocks_everything(kind: str) -> None:
    found = composed(live(type=kind), "bounce", "unsubscribe")
    assert isinstance(found, Exclusion)
    assert found.reason is Reason.SUPPRESSED


@pytest.mark.parametrize("why", ["complaint", "unsubscribe"])
def test_a_complaint_or_an_unsubscription_blocks_marketing_only(why: str) -> None:
    assert isinstance(composed(live(type="marketing"), why), Exclusion)
    assert isinstance(composed(live(), why), Delivery)


def test_suppression_comes_before_rendering() -> None:
    broken = {"email": {**EMAIL, "content": {"en": {"subject": "{{ context.nothing }}", "text": "x"}}}}
    assert isinstance(composed(live(channels=broken), "bounce"), Exclusion)
    found = composed(live(channels=broken))
    assert isinstance(found, Rejection)
    assert found.reason is Reason.MISSING_CONTEXT


def test_who_owns_the_claim_delivers_who_repeats_is_a_duplicate_who_differs_conflicts() -> None:
    delivery = composed(live())
    assert isinstance(delivery, Delivery)
    assert settle(delivery, is_owner=True, same_content=True) is delivery
    repeat = settle(delivery, is_owner=False, same_content=True)
    conflict = settle(delivery, is_owner=False, same_content=False)
    assert isinstance(repeat, Exclusion)
    assert isinstance(conflict, Rejection)
    assert (repeat.reason, conflict.reason) == (Reason.DUPLICATE, Reason.REQUEST_CONFLICT)
    assert (conflict.recipient, conflict.channel) == (delivery.recipient, Channel.EMAIL)
