"""Where each channel finds its address, which addresses it can use, and which are the same."""

from typing import Any

import pytest

from consumer.rules.address import find_address, suppression_key, usable
from schemas.channel import Channel
from schemas.json import JsonObject, merge
from schemas.trigger import Recipient

EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


def person(namespace: str = "crm", user_id: str = "C-1", **fields: Any) -> Recipient:
    known: dict[str, Any] = {"external": False, "channel_data": {}, "profile": {}, "context": {}}
    return Recipient(namespace, user_id, **known | fields)


def found(channel: Channel, who: Recipient, stored: JsonObject | None = None) -> object:
    return find_address(channel, who, merge(stored or {}, who.profile))


PLACES = {
    EMAIL: ("emailAddress", "personalEmail", "address", ["given@a.b", "inline@a.b", "stored@a.b"]),
    SMS: ("mobilePhoneNumber", "mobilePhone", "number", ["111", "222", "333"]),
}


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_channel_data_comes_first_then_the_inline_profile_then_the_stored_one(channel: Channel) -> None:
    in_data, attribute, member, (given, inline, stored) = PLACES[channel]
    profile: JsonObject = {attribute: {member: stored}}
    over: JsonObject = {attribute: {member: inline}}
    assert found(channel, person(channel_data={in_data: given}, profile=over), profile) == given
    assert found(channel, person(profile=over), profile) == inline
    assert found(channel, person(), profile) == stored
    assert found(channel, person()) is None


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_each_attribute_is_also_found_under_person_as_in_ajos_samples(channel: Channel) -> None:
    _, attribute, member, (_, _, stored) = PLACES[channel]
    assert found(channel, person(), {"person": {attribute: {member: stored}}}) == stored


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_the_inline_profile_wins_over_the_stored_one_wherever_each_has_it(channel: Channel) -> None:
    _, attribute, member, (_, inline, stored) = PLACES[channel]
    over: JsonObject = {"person": {attribute: {member: inline}}}
    assert found(channel, person(profile=over), {attribute: {member: stored}}) == inline


def test_a_push_token_is_found_in_the_same_places() -> None:
    given, inline, stored = ({"token": token, "platform": "fcm"} for token in ("given", "inline", "stored"))
    profile: JsonObject = {"pushNotificationDetails": [stored, {"token": "second"}]}
    over: JsonObject = {"person": {"pushNotificationDetails": [inline]}}
    assert found(PUSH, person(channel_data={"pushInfo": given}, profile=over), profile) == given
    assert found(PUSH, person(profile=over)) == inline
    assert found(PUSH, person(), profile) == stored
    assert found(PUSH, person(profile=over), profile) == inline


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"pushNotificationDetails": []},
        {"pushNotificationDetails": {}},
        {"pushNotificationDetails": [{"platform": "apns"}]},
        {"person": "x", "pushNotificationDetails": "x"},
        {"person": {"pushNotificationDetails": [None]}},
    ],
)
def test_a_profile_without_a_token_has_no_push_address(attributes: JsonObject) -> None:
    assert found(PUSH, person(), attributes) is None


def test_a_user_id_is_the_address_in_the_channels_own_namespace_only() -> None:
    assert found(EMAIL, person("email", "a@b.c")) == "a@b.c"
    assert found(SMS, person("phone", "+1 234")) == "+1 234"
    assert found(EMAIL, person("phone", "+1 234")) is None
    assert found(SMS, person("email", "a@b.c")) is None
    assert found(PUSH, person("ecid", "123")) is None


def test_the_profile_comes_before_the_user_id() -> None:
    stored: JsonObject = {"personalEmail": {"address": "new@b.c"}}
    assert found(EMAIL, person("email", "old@b.c"), stored) == "new@b.c"


@pytest.mark.parametrize("wrong", ["", "nonsense"])
def test_a_wrong_address_in_channel_data_is_not_replaced_by_the_profiles(wrong: str) -> None:
    stored: JsonObject = {"personalEmail": {"address": "a@b.c"}, "mobilePhone": {"number": "12345"}}
    data = {"emailAddress": wrong, "mobilePhoneNumber": wrong, "pushInfo": {"token": ""}}
    for channel in Channel:
        assert usable(channel, found(channel, person("email", "a@b.c", channel_data=data), stored)) is None


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "alice@example.com",
        "a.b+c@d-e.f",
        "!#$%&'*+/=?^_`{|}~-@a.b",
        "a..b@c.d",
        ".@a",
        "a@" + "b" * 63,
        "1@2.3",
    ],
)
def test_an_email_address_is_one_in_the_sense_of_html(address: str) -> None:
    assert usable(EMAIL, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c.d",
        "a@b c",
        "a@-b",
        "a@b-",
        "a@b..c",
        "a@b.",
        "a@" + "b" * 64,
        "å@b.c",
        "a@å.c",
        "a@b.c\n",
        "a@b.c\r\nBcc: x@y.z",
        "\na@b.c",
        "a@b_c",
        "<a@b.c>",
        7,
        None,
        ["a@b.c"],
        {"address": "a@b.c"},
    ],
)
def test_anything_else_is_no_email_address(address: object) -> None:
    assert usable(EMAIL, address) is None


@pytest.mark.parametrize(
    "number",
    ["+46 70 123 45 67", "111-111-1111", "(02) 555.12.34", "123", "1" * 20, "+1-" + "2 " * 19, "1234567890"],
)
def test_a_telephone_number_is_as_people_write_them_and_passed_on_unchanged(number: str) -> None:
    assert usable(SMS, number) == number


@pytest.mark.parametrize(
    "number",
    [
        "",
        "12",
        "+",
        "1" * 21,
        "555-CALL",
        "123\n",
        "12\r\n3",
        "\t123",
        "\N{FULLWIDTH DIGIT ONE}23",
        "123;456",
        "ext 123",
        46701234567,
    ],
)
def test_anything_else_is_no_telephone_number(number: object) -> None:
    assert usable(SMS, number) is None


def test_a_push_address_is_a_token_with_its_platform_and_app() -> None:
    full = {"token": "t", "platform": "apns", "appId": "com.acme"}
    assert usable(PUSH, full) == full
    assert usable(PUSH, {"token": "t", "appID": "com.acme", "more": 1}) == {
        "token": "t",
        "platform": None,
        "appId": "com.acme",
    }


@pytest.mark.parametrize(
    "push",
    [
        {"token": ""},
        {"token": "a\nb"},
        {"token": "a\x00"},
        {"token": 5},
        {"token": ["t"]},
        {"token": "t", "platform": "apns\r\n"},
        {"token": "t", "appId": "a\r\nb"},
        "token",
    ],
)
def test_a_push_address_without_a_sound_token_or_with_line_breaks_is_invalid(push: object) -> None:
    assert usable(PUSH, push) is None


def test_addresses_that_reach_the_same_person_have_one_suppression_key() -> None:
    assert suppression_key(EMAIL, "Alice@Example.COM") == suppression_key(EMAIL, "alice@example.com")
    assert suppression_key(SMS, "+46 70 123-45.67") == suppression_key(SMS, "+46701234567")
    assert suppression_key(SMS, "(070) 1234567") == suppression_key(SMS, "070 123 45 67")
    here, there = ({"token": "T", "platform": "apns", "appId": app} for app in ("a", None))
    assert suppression_key(PUSH, here) == suppression_key(PUSH, there) == "T"
    assert suppression_key(PUSH, {**here, "token": "t"}) != "T"


@pytest.mark.parametrize(
    ("channel", "hostile"),
    [
        (EMAIL, "a@" + "a-" * 200_000),
        (EMAIL, "a" * 900_000),
        (SMS, "1" * 5 + " " * 300_000 + "x"),
        (SMS, "+" * 900_000),
    ],
)
def test_a_hostile_address_is_refused_at_once(channel: Channel, hostile: str) -> None:
    # Backtracking would take hours: that the test ends is the claim.
    assert usable(channel, hostile) is None
