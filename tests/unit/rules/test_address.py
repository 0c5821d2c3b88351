"""Where each channel finds its address, and which addresses it can use."""

from typing import Any

import pytest

from consumer.rules.address import Unusable, find_address, read_address
from schemas.channel import Channel
from schemas.json import JsonObject, merge
from schemas.trigger import Recipient

EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


def person(namespace: str = "crm", user_id: str = "C-1", **fields: Any) -> Recipient:
    known: dict[str, Any] = {"external": False, "channel_data": {}, "profile": {}, "context": {}}
    return Recipient(namespace, user_id, **known | fields)


def found(
    channel: Channel, who: Recipient, stored: JsonObject | None = None, sender: JsonObject | None = None
) -> object:
    return find_address(channel, who, merge(stored or {}, who.profile), sender or {})


def problem(channel: Channel, found: object) -> str:
    """The end of the sentence that says what is wrong with the address."""
    read = read_address(channel, found)
    assert isinstance(read, Unusable), read
    return read.problem


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


def token(name: str, **fields: object) -> JsonObject:
    return {"token": name, **fields}


@pytest.mark.parametrize(
    ("sender", "fits"),
    [
        ({}, "1"),
        ({"appId": "acme"}, "2"),
        ({"appId": "nobody's"}, "5"),
        ({"platforms": ["fcm"]}, "2"),
        ({"platforms": ["FCM", "web"]}, "2"),
        ({"appId": "acme", "platforms": ["apns"]}, "3"),
        ({"appId": "other", "platforms": ["fcm"]}, "4"),
        ({"appId": None, "platforms": "fcm"}, "1"),
    ],
)
def test_the_first_token_that_fits_the_configuration_is_taken(sender: JsonObject, fits: str) -> None:
    tokens = [
        token("1", appId="other", platform="apns"),
        token("2", appId="acme", platform="fcm"),
        token("3", appID="acme", platform="apns"),
        token("4", appId="other", platform="fcm"),
        # It names neither, so that it may be anybody's.
        token("5"),
    ]
    address = found(PUSH, person(), {"pushNotificationDetails": tokens}, sender)
    assert isinstance(address, dict)
    assert address["token"] == fits


def test_a_token_under_person_is_taken_when_none_before_it_fits() -> None:
    here, there = token("1", appId="other"), token("2", appId="acme")
    profile: JsonObject = {"pushNotificationDetails": [here], "person": {"pushNotificationDetails": [there]}}
    assert found(PUSH, person(), profile, {"appId": "acme"}) == there
    assert found(PUSH, person(), profile, {"appId": "third"}) is None


def test_a_token_that_the_trigger_gives_is_taken_whatever_its_app() -> None:
    given = token("1", appId="other")
    assert found(PUSH, person(channel_data={"pushInfo": given}), None, {"appId": "acme"}) == given


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
        assert problem(channel, found(channel, person("email", "a@b.c", channel_data=data), stored))


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
    assert read_address(EMAIL, address) == address


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
    assert problem(EMAIL, address)


@pytest.mark.parametrize(
    "number",
    ["+46 70 123 45 67", "111-111-1111", "(02) 555.12.34", "123", "1" * 20, "+1-" + "2 " * 19, "1234567890"],
)
def test_a_telephone_number_is_as_people_write_them_and_passed_on_unchanged(number: str) -> None:
    assert read_address(SMS, number) == number


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
    assert problem(SMS, number)


def test_a_push_address_is_a_token_with_its_platform_and_app() -> None:
    full = {"token": "t", "platform": "apns", "appId": "com.acme"}
    assert read_address(PUSH, full) == full
    assert read_address(PUSH, {"token": "t", "appID": "com.acme", "more": 1}) == {
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
    assert problem(PUSH, push)


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
    assert problem(channel, hostile)
