"""The allow list while it is on: what it lets through, in which order, in both lanes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.address_keys import read_entry
from consumer.rules.allow_list import AllowList
from consumer.rules.policy import Policy
from schemas.channel import Channel
from tests.builders import EMAIL, PUSH, SMS, live, recipient, record, trigger
from tests.unit.triggers.test_batch import Executed

CHANNELS = {"email": EMAIL, "sms": SMS, "push": PUSH}
ADDRESSES = {"mobilePhoneNumber": "+46 70 123 45 67", "pushInfo": {"token": "token-1"}}
SWEDISH = Policy(phone_region="SE")


def listed(*entries: tuple[Channel, str], region: str | None = None) -> AllowList:
    """As the command adds them."""
    keys = [(channel, read_entry(channel, written, region)) for channel, written in entries]
    return AllowList(frozenset((channel.value, key[0]) for channel, key in keys if isinstance(key, tuple)))


def reasons(allow_list: AllowList | None, who: dict[str, Any] | None = None, **more: Any) -> dict[str, str]:
    """`delivery` or the reason, by channel."""
    person = who or recipient("Alice@mail.example.com", channelData=ADDRESSES)
    known = {"welcome": live(channels=CHANNELS)}
    batch = Executed(record(trigger(person)), campaigns=known, allow_list=allow_list, **more)
    return {str(channel): reason for _, channel, reason in batch.told()}


def test_while_it_is_off_everything_is_sent() -> None:
    assert set(reasons(None).values()) == {"delivery"}


def test_on_and_empty_it_stops_everything() -> None:
    assert set(reasons(AllowList(frozenset())).values()) == {"not_allowed"}


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ((Channel.EMAIL, "alice@MAIL.example.com"), {"email"}),
        ((Channel.EMAIL, "@mail.example.com"), {"email"}),
        ((Channel.EMAIL, "@Mail.Example.Com"), {"email"}),
        # Not its subdomains, as with suppressions.
        ((Channel.EMAIL, "@example.com"), set()),
        ((Channel.EMAIL, "bob@mail.example.com"), set()),
        ((Channel.SMS, "0046701234567"), {"sms"}),
        ((Channel.SMS, "+46 (0)70 123 45 67"), {"sms"}),
        ((Channel.SMS, "070-123 45 67"), {"sms"}),
        ((Channel.SMS, "+46701234568"), set()),
        ((Channel.PUSH, "token-1"), {"push"}),
        ((Channel.PUSH, "TOKEN-1"), set()),
        # An entry is for its channel.
        ((Channel.PUSH, "+46701234567"), set()),
    ],
)
def test_an_address_is_compared_as_suppressions_are(entry: tuple[Channel, str], allowed: set[str]) -> None:
    found = reasons(listed(entry, region="SE"), policy=SWEDISH)
    assert {channel for channel, reason in found.items() if reason == "delivery"} == allowed
    assert {reason for channel, reason in found.items() if channel not in allowed} <= {"not_allowed"}


@given(st.sets(st.sampled_from(["a@b.c", "b@b.c", "@b.c", "c@d.e", "@d.e"])), st.sampled_from("abc"))
def test_one_is_allowed_exactly_if_the_address_or_its_domain_is_listed(on_it: set[str], name: str) -> None:
    address = f"{name}@b.c"
    allow_list = listed(*((Channel.EMAIL, each) for each in on_it))
    batch = Executed(record(trigger(recipient(address))), allow_list=allow_list)
    [(_, _, reason)] = batch.told()
    assert (reason == "delivery") is bool({address, "@b.c"} & on_it)


def test_suppressed_goes_before_not_allowed() -> None:
    suppressions = {("email", "alice@mail.example.com"): {"bounce"}}
    found = reasons(AllowList(frozenset()), suppressions=suppressions)
    assert found == {"email": "suppressed", "sms": "not_allowed", "push": "not_allowed"}


def test_who_is_suppressed_is_not_sent_anything_because_of_the_allow_list() -> None:
    suppressions = {("email", "alice@mail.example.com"): {"bounce"}}
    allow_list = listed((Channel.EMAIL, "alice@mail.example.com"))
    assert reasons(allow_list, suppressions=suppressions)["email"] == "suppressed"


def test_a_missing_address_is_told_before() -> None:
    found = reasons(AllowList(frozenset()), recipient("alice@example.com"))
    assert found == {"email": "not_allowed", "sms": "missing_address", "push": "missing_address"}


def test_what_is_not_allowed_is_no_dead_letter_and_claims_nothing() -> None:
    batch = Executed(record(trigger()), allow_list=AllowList(frozenset()))
    assert batch.work.claims == {}
    topics = [outgoing.topic for outgoing in batch.outgoing]
    assert topics == ["clarion.profiles.created", "clarion.executions"]


def test_it_holds_in_the_high_throughput_lane() -> None:
    fast = live(id="welcome", lane="high-throughput", createProfiles=False)
    call = record(trigger(recipient(type="external")), topic="clarion.triggers.high-throughput")
    for allow_list, expected in (
        (None, "delivery"),
        (AllowList(frozenset()), "not_allowed"),
        (listed((Channel.EMAIL, "@example.com")), "delivery"),
    ):
        batch = Executed(call, campaigns={"welcome": fast}, lane="high-throughput", allow_list=allow_list)
        assert [reason for _, _, reason in batch.told()] == [expected]
