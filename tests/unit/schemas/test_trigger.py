"""Rules 1 and 2: what is a trigger, and which reason is given for what is not."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import execution_id
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger
from tests.builders import recipient, trigger

BIG = "x" * 150_000


def read(document: object) -> Trigger:
    found = read_trigger(orjson.dumps(document))
    assert isinstance(found, Trigger), found
    return found


def read_recipient(**changes: Any) -> Recipient:
    [found] = read(trigger(recipient(**changes))).recipients
    return found


def refused(document: object) -> UnreadableTrigger:
    value = document if isinstance(document, bytes) else orjson.dumps(document)
    found = read_trigger(value)
    assert isinstance(found, UnreadableTrigger), found
    return found


def padded(document: dict[str, Any], size: int) -> bytes:
    """The document as JSON of exactly that many bytes."""
    value = orjson.dumps(document | {"padding": ""})
    return orjson.dumps(document | {"padding": "x" * (size - len(value))})


# --- what is read ------------------------------------------------------------------------------------


def test_the_ids_the_recipients_and_their_data_are_read() -> None:
    call = read(
        {
            "requestId": "r-1",
            "campaignId": "password-reset",
            "recipients": [
                {
                    "type": "aep",
                    "namespace": "email",
                    "userId": "alice@example.com",
                    "channelData": {"emailAddress": "a@example.com", "mobilePhoneNumber": "+1 234"},
                    "context": {"resetUrl": "https://a.example"},
                    "profile": {"person": {"name": {"firstName": "Alice"}}},
                }
            ],
        }
    )
    assert (call.request_id, call.campaign_id) == ("r-1", "password-reset")
    assert call.execution_id == execution_id("password-reset", "r-1")
    [alice] = call.recipients
    assert alice.name == "email:alice@example.com"
    assert alice.channel_data == {"emailAddress": "a@example.com", "mobilePhoneNumber": "+1 234"}
    assert alice.context == {"resetUrl": "https://a.example"}
    assert alice.profile == {"person": {"name": {"firstName": "Alice"}}}
    assert not alice.external


def test_a_recipients_context_is_merged_over_the_triggers() -> None:
    call = read(
        trigger(
            recipient("a@b.c", context={"order": {"id": "2"}, "brand": "Own"}),
            recipient("d@e.f"),
            context={"order": {"id": "1", "currency": "EUR"}, "brand": "Acme", "lines": [1]},
        )
    )
    first, second = call.recipients
    assert first.context == {"order": {"id": "2", "currency": "EUR"}, "brand": "Own", "lines": [1]}
    assert second.context == {"order": {"id": "1", "currency": "EUR"}, "brand": "Acme", "lines": [1]}


def test_null_counts_as_absent_in_context_and_in_optional_fields() -> None:
    call = read(
        trigger(
            recipient(
                type=None,
                context={"name": None, "list": [None]},
                profile=None,
                channelData={"emailAddress": None, "pushInfo": {"token": "t", "appId": None, "appID": "app"}},
            ),
            recipient("b@b.c", channelData=None, context=None),
            context={"name": "Alice", "system": None},
        )
    )
    first, second = call.recipients
    assert first.context == {"name": "Alice", "list": [None]}
    assert first.channel_data == {"pushInfo": {"token": "t", "appId": "app"}}
    assert (first.profile, second.channel_data, second.context) == ({}, {}, {"name": "Alice"})


def test_an_external_recipient_is_known_by_its_type() -> None:
    assert read_recipient(type="external").external
    assert not read_recipient(type="aep").external


@pytest.mark.parametrize("spelling", ["appId", "appID"])
def test_a_push_app_is_read_in_both_spellings(spelling: str) -> None:
    push = {"token": "t", "platform": "apns", spelling: "com.acme"}
    expected = {"token": "t", "platform": "apns", "appId": "com.acme"}
    assert read_recipient(channelData={"pushInfo": push}).channel_data == {"pushInfo": expected}


def test_ajos_sample_works_unchanged() -> None:
    call = read(
        {
            "requestId": "3126743632163793",
            "campaignId": "10e2583b-4d1d-4b57-bd6e-fdc79405d67d",
            "recipients": [
                {
                    "type": "aep",
                    "namespace": "ecid",
                    "userId": "12345678901234567890123456789493505531",
                    "mergePolicyName": "DefaultTimeBased",
                    "mergePolicySchema": "_xdm.context.profile",
                    "channelData": {
                        "emailAddress": "customer@example.com",
                        "mobilePhoneNumber": "111-111-1111",
                        "pushInfo": {"appID": "com.example", "platform": "apns", "token": "token"},
                    },
                    "profile": {"person": {"name": {"firstName": "Jane", "lastName": "Doe"}}},
                    "context": {"product": "Gaming Laptop"},
                }
            ],
        }
    )
    assert call.recipients[0].channel_data["pushInfo"] == {
        "appId": "com.example",
        "platform": "apns",
        "token": "token",
    }


def test_unknown_fields_are_ignored_everywhere() -> None:
    extra: dict[str, Any] = {"later": {"a": 1}}
    call = read(
        trigger(
            recipient(**extra, channelData={"emailAddress": "a@b.c", **extra, "pushInfo": extra}), **extra
        )
    )
    assert call.recipients[0].channel_data == {"emailAddress": "a@b.c", "pushInfo": {}}


@pytest.mark.parametrize(
    "request_id", ["x", "x" * 255, "\N{GRINNING FACE}" * 255, "a b/c:d?", "\N{NO-BREAK SPACE}", "å"]
)
def test_a_request_id_is_1_to_255_characters(request_id: str) -> None:
    assert read(trigger(requestId=request_id)).request_id == request_id


@pytest.mark.parametrize("campaign_id", ["a", "a" * 64, "A-z_0.9", "10e2583b-4d1d-4b57-bd6e-fdc79405d67d"])
def test_a_campaign_id_is_1_to_64_letters_digits_dots_underscores_and_hyphens(campaign_id: str) -> None:
    assert read(trigger(campaignId=campaign_id)).campaign_id == campaign_id


def test_a_trigger_has_at_most_20_recipients_and_1_000_000_bytes() -> None:
    twenty = trigger(*(recipient(f"{n}@a.b") for n in range(20)))
    assert len(read(twenty).recipients) == 20
    assert isinstance(read_trigger(padded(twenty, 1_000_000)), Trigger)


def test_the_same_id_in_another_namespace_is_another_recipient() -> None:
    assert len(read(trigger(recipient("a"), recipient("a", namespace="crm"))).recipients) == 2


# --- what is refused, and with which reason -----------------------------------------------------------


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xef\xbb\xbf{}", rb'{"requestId":"\ud800"}', b"NaN"])
def test_what_is_not_json_is_malformed(value: bytes | None) -> None:
    found = read_trigger(value)
    assert isinstance(found, UnreadableTrigger)
    assert found.reason is Reason.MALFORMED
    assert (found.request_id, found.campaign_id) == (None, None)


def test_a_schema_registrys_prefix_is_malformed_and_named() -> None:
    found = refused(b"\x00\x00\x00\x00\x11" + orjson.dumps(trigger()))
    assert found.reason is Reason.MALFORMED
    assert "begins with a schema registry's prefix" in found.detail
    assert "schema id 17" in found.detail


def test_a_key_given_twice_is_invalid_and_named_with_all_else_that_is_wrong() -> None:
    value = (
        b'{"requestId":"r-1","campaignId":"welcome","context":{"code":"123456","code":"654321"},'
        rb'"recipients":[{"namespace":"email","userId":7,"context":{"a":1,"\u0061":2}}]}'
    )
    found = refused(value)
    assert (found.reason, found.request_id, found.campaign_id) == (Reason.INVALID, "r-1", "welcome")
    assert found.detail == (
        "The value is not a trigger: context.code: is given twice; recipients[0].context.a: is given twice; "
        "recipients[0].userId: Input should be a valid string."
    )


def test_an_id_that_is_given_twice_is_none() -> None:
    value = orjson.dumps(trigger())[:-1]
    assert refused(value + b',"requestId":"r-2"}').request_id is None
    assert refused(value + b',"campaignId":"other"}').campaign_id is None


@pytest.mark.parametrize("value", [b"null", b"[]", b'"text"', b"1", b"true"])
def test_json_that_is_no_object_is_invalid(value: bytes) -> None:
    assert refused(value).reason is Reason.INVALID


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ({"requestId": None}, "requestId"),
        ({"requestId": ""}, "requestId"),
        ({"requestId": 1}, "requestId"),
        ({"requestId": "x" * 256}, "requestId"),
        ({"requestId": "a\x00b"}, "requestId"),
        ({"requestId": "a\n"}, "requestId"),
        ({"requestId": "a\x7f"}, "requestId"),
        ({"requestId": "a\x85"}, "requestId"),
        ({"campaignId": "a:b"}, "campaignId"),
        ({"campaignId": "a\n"}, "campaignId"),
        ({"campaignId": "å"}, "campaignId"),
        ({"campaignId": "x" * 65}, "campaignId"),
        ({"campaignId": True}, "campaignId"),
        ({"context": []}, "context"),
        ({"context": "x"}, "context"),
        ({"recipients": None}, "recipients"),
        ({"recipients": []}, "recipients"),
        ({"recipients": "x"}, "recipients"),
        ({"recipients": {"0": recipient()}}, "recipients"),
        ({"recipients": [None]}, "recipients[0]"),
        ({"recipients": [recipient(f"{n}@a.b") for n in range(21)]}, "recipients"),
        ({"recipients": [recipient(), recipient(userId=7)]}, "recipients[1].userId"),
        ({"recipients": [recipient("")]}, "recipients[0].userId"),
        ({"recipients": [recipient("\x9f")]}, "recipients[0].userId"),
        ({"recipients": [recipient(namespace="e:mail")]}, "recipients[0].namespace"),
        ({"recipients": [recipient(type="person")]}, "recipients[0].type"),
        ({"recipients": [recipient(context=[1])]}, "recipients[0].context"),
        ({"recipients": [recipient(profile="x")]}, "recipients[0].profile"),
        ({"recipients": [recipient(channelData=[])]}, "recipients[0].channelData"),
        (
            {"recipients": [recipient(channelData={"emailAddress": 1})]},
            "recipients[0].channelData.emailAddress",
        ),
        (
            {"recipients": [recipient(channelData={"pushInfo": {"token": 1}})]},
            "recipients[0].channelData.pushInfo.token",
        ),
    ],
)
def test_a_violation_of_shape_is_invalid_and_told_with_its_path(fault: dict[str, Any], path: str) -> None:
    found = refused(trigger(**fault))
    assert found.reason is Reason.INVALID
    assert f" {path}: " in found.detail


def test_every_violation_is_told() -> None:
    found = refused(
        {
            "campaignId": "a:b",
            "context": [],
            "recipients": [recipient(namespace="a:b"), recipient(userId=1, type="x")],
        }
    )
    for path in ("requestId", "campaignId", "context", "recipients[0].namespace", "recipients[1].userId"):
        assert f"{path}: " in found.detail
    assert "recipients[1].type: " in found.detail


def test_violations_beyond_the_bound_are_counted() -> None:
    faulty = recipient(userId=1, namespace="a:b", type="x", context=[], profile=[], channelData=[])
    found = refused(trigger(*[faulty] * 20))
    assert len(found.detail) <= 1_000
    assert "more" in found.detail


def test_a_violation_never_quotes_the_value() -> None:
    found = refused(trigger(recipient(userId=["secret"], type="secret"), context="secret"))
    assert "secret" not in found.detail


@pytest.mark.parametrize(
    ("fault", "ids"),
    [
        ({"recipients": []}, ("r", "c")),
        ({"recipients": [], "requestId": ""}, (None, "c")),
        ({"recipients": [], "requestId": 5}, (None, "c")),
        ({"campaignId": "a b"}, ("r", None)),
        ({"campaignId": ["c"], "requestId": "\x00"}, (None, None)),
        ({"context": {"system": {}}}, ("r", "c")),
    ],
)
def test_those_ids_are_told_that_are_valid_themselves(
    fault: dict[str, Any], ids: tuple[str | None, str | None]
) -> None:
    found = refused(trigger(**{"requestId": "r", "campaignId": "c"} | fault))
    assert (found.request_id, found.campaign_id) == ids


def test_a_value_of_1_000_001_bytes_is_too_large() -> None:
    assert refused(padded(trigger(), 1_000_001)).reason is Reason.TRIGGER_TOO_LARGE


def test_a_recipient_named_twice_is_told_by_its_position() -> None:
    found = refused(trigger(recipient("a"), recipient("b"), recipient("a", context={"x": 1})))
    assert found.reason is Reason.DUPLICATE_RECIPIENT
    assert "recipients[2]" in found.detail


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (trigger(context={"system": 1}), "context.system"),
        (trigger(recipient(), recipient("b", context={"system": {}})), "recipients[1].context.system"),
    ],
)
def test_context_system_is_reserved_at_both_levels(document: dict[str, Any], path: str) -> None:
    found = refused(document)
    assert found.reason is Reason.RESERVED_CONTEXT
    assert path in found.detail


def test_system_deeper_in_the_context_is_not_reserved() -> None:
    assert read_recipient(context={"order": {"system": 1}}).context["order"] == {"system": 1}


def context_of(size: int) -> dict[str, str]:
    """A context of exactly that many bytes as compact JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


def test_a_context_of_200_000_bytes_is_read_and_one_more_is_too_large() -> None:
    assert isinstance(read_trigger(orjson.dumps(trigger(context=context_of(200_000)))), Trigger)
    assert refused(trigger(context=context_of(200_001))).reason is Reason.CONTEXT_TOO_LARGE


def test_the_context_is_measured_merged_and_compact_and_in_utf8() -> None:
    apart = trigger(recipient(context={"b": BIG}), context={"a": BIG})
    over = trigger(recipient(context={"a": BIG}), context={"a": BIG})
    assert refused(apart).reason is Reason.CONTEXT_TOO_LARGE
    assert isinstance(read_trigger(orjson.dumps(over)), Trigger)
    assert refused(trigger(context={"a": "å" * 100_000})).reason is Reason.CONTEXT_TOO_LARGE
    spacious = orjson.dumps(trigger(context={"a": "ESCAPED"})).replace(b"ESCAPED", rb"\u0041" * 100_000)
    assert isinstance(read_trigger(spacious.replace(b",", b", " * 1)), Trigger)


def test_numbers_that_grow_when_written_compactly_are_measured_as_written() -> None:
    numbers = b"[" + b",".join([b"1e15"] * 15_000) + b"]"
    value = orjson.dumps(trigger(context={"a": "NUMBERS"})).replace(b'"NUMBERS"', numbers)
    assert refused(value).reason is Reason.CONTEXT_TOO_LARGE


def test_the_reasons_of_rule_2_come_in_their_order() -> None:
    faults: dict[str, Any] = {"context": {"system": 1, "a": BIG, "b": BIG}}
    twice = trigger(recipient("a"), recipient("a"), **faults)
    once = trigger(recipient("a"), **faults)
    assert refused(padded(twice | {"requestId": ""}, 1_000_001)).reason is Reason.INVALID
    assert refused(padded(twice, 1_000_001)).reason is Reason.TRIGGER_TOO_LARGE
    assert refused(twice).reason is Reason.DUPLICATE_RECIPIENT
    assert refused(once).reason is Reason.RESERVED_CONTEXT
    assert refused(once | {"context": {"a": BIG, "b": BIG}}).reason is Reason.CONTEXT_TOO_LARGE


# --- whatever comes ------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


def mostly(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return value | value | values


objects = st.dictionaries(texts | st.just("system"), values, max_size=3)
recipients = st.fixed_dictionaries(
    {"namespace": mostly(st.just("email")), "userId": mostly(texts)},
    optional={
        "type": mostly(st.sampled_from(["aep", "external"])),
        "context": mostly(objects),
        "profile": mostly(objects),
        "channelData": mostly(
            st.fixed_dictionaries({}, optional={"emailAddress": mostly(texts), "pushInfo": mostly(objects)})
        ),
    },
)
documents = st.fixed_dictionaries(
    {"requestId": mostly(texts), "campaignId": mostly(st.just("welcome")), "recipients": values}
    | {"recipients": mostly(st.lists(mostly(recipients), max_size=3))},
    optional={"context": mostly(objects)},
)


@given(st.binary())
def test_arbitrary_bytes_are_answered(value: bytes) -> None:
    assert isinstance(read_trigger(value), Trigger | UnreadableTrigger)


@given(values | documents)
def test_arbitrary_json_is_answered_and_the_detail_is_bounded(document: Any) -> None:
    found = read_trigger(orjson.dumps(document))
    if isinstance(found, UnreadableTrigger):
        assert 0 < len(found.detail) <= 1_000
        assert found.reason in {Reason.INVALID, Reason.DUPLICATE_RECIPIENT, Reason.RESERVED_CONTEXT}
    else:
        assert [r.user_id for r in found.recipients] == [r["userId"] for r in document["recipients"]]


@given(objects, objects)
def test_the_same_content_in_another_order_has_the_same_canonical_spelling(
    context: dict[str, Any], profile: dict[str, Any]
) -> None:
    context.pop("system", None)
    backwards = {
        "context": dict(reversed(context.items())),
        "profile": dict(reversed(profile.items())),
        "channelData": {},
    }
    one = read_recipient(context=context, profile=profile)
    other = read_recipient(**backwards)
    assert one.canonical_content() == other.canonical_content()


def test_what_the_trigger_gives_for_a_recipient_is_its_content_wherever_it_stands() -> None:
    [above] = read(trigger(recipient(), context={"a": 1})).recipients
    [own] = read(trigger(recipient(context={"a": 1, "b": None}), context={})).recipients
    [other] = read(trigger(recipient(context={"a": 2}), context={})).recipients
    assert above.canonical_content() == own.canonical_content() != other.canonical_content()
