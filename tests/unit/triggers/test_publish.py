"""What a decided execution puts on the topics: values, keys, headers; a dead letter's original untouched."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.kafka.record import Outgoing
from consumer.kafka.topics import Topics
from consumer.rules.decide import compose, judge_channels
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery, Exclusion, Outcome, Rejection
from consumer.triggers.call import read_call
from consumer.triggers.execution import Accepted, Execution, begin
from consumer.triggers.origin import read_origin
from consumer.triggers.publish import Publisher
from schemas.channel import Channel
from schemas.ids import execution_id
from schemas.reasons import Kind, Reason
from schemas.trigger import Trigger
from tests.builders import Json, failure, live, recipient, record, replayed, trigger

NOW = datetime(2026, 6, 1, 10, 0, 0, 987_654, tzinfo=UTC)
AT = "2026-06-01T10:00:00.987Z"
PUBLISHER = Publisher(Topics("clarion."))
TRIGGER = trigger(requestId="r-1")
EXECUTION_ID = execution_id("welcome", "r-1")


def called(*outcomes: Outcome, value: Json | bytes | None = TRIGGER, **fields: Any) -> Execution:
    execution = begin(read_call(record(value, **fields)), NOW)
    execution.campaign = live(version=3)
    execution.outcomes = [*execution.outcomes, *outcomes]
    return execution


def accepted(execution: Execution) -> Accepted:
    assert execution.campaign
    assert isinstance(execution.call.read, Trigger)
    return Accepted(execution.call.read, execution.campaign, execution, [])


def letter_of(execution: Execution) -> Outgoing:
    letter = next(PUBLISHER.dead_letters(execution), None)
    assert letter
    return letter


def headers(outgoing: Outgoing) -> dict[str, str]:
    return {name: value.decode() for name, value in outgoing.headers}


def failures(letter: Outgoing) -> Any:
    return orjson.loads(headers(letter)["clarion.failures"])


def rejected(reason: Reason = Reason.MISSING_ADDRESS, detail: str = "None is known.") -> Rejection:
    [who] = called().call.all_recipients()
    return Rejection(reason, detail, who, Channel.EMAIL)


def delivered(execution: Execution) -> Delivery:
    assert execution.campaign
    [candidate] = judge_channels(execution.campaign, execution.call.all_recipients()[0], UNKNOWN)
    assert isinstance(candidate, Candidate)
    found = compose(execution.campaign, EXECUTION_ID, candidate, ())
    assert isinstance(found, Delivery)
    return found


# --- deliveries, profiles, executions --------------------------------------------------------------------


def test_a_delivery_says_all_that_a_sender_needs() -> None:
    execution = called()
    outgoing = PUBLISHER.delivery(accepted(execution), delivered(execution), "profile-1")
    assert (outgoing.topic, outgoing.key) == ("clarion.deliveries.email", b"email:alice@example.com")
    assert orjson.loads(outgoing.value or b"") == {
        "deliveryId": delivered(execution).delivery_id,
        "executionId": EXECUTION_ID,
        "requestId": "r-1",
        "campaignId": "welcome",
        "campaignVersion": 3,
        "messageType": "transactional",
        "channel": "email",
        "configuration": "mail",
        "sender": {"from": "Acme <no-reply@acme.example>"},
        "recipient": {"namespace": "email", "userId": "alice@example.com", "profileId": "profile-1"},
        "address": "alice@example.com",
        "locale": "en",
        "content": {"subject": "Hello Alice", "html": "<p>Hello Alice</p>"},
        "createdAt": AT,
    }
    assert headers(outgoing) == {"content-type": "application/json", "clarion.schema": "delivery.email/1"}


def test_a_created_profile_is_told_with_its_identity_and_nothing_of_the_context() -> None:
    execution = called()
    outgoing = PUBLISHER.profile_created(execution, execution.call.all_recipients()[0], "profile-1")
    assert (outgoing.topic, outgoing.key) == ("clarion.profiles.created", b"email:alice@example.com")
    assert orjson.loads(outgoing.value or b"") == {
        "profileId": "profile-1",
        "namespace": "email",
        "userId": "alice@example.com",
        "dataset": "interactive-messaging",
        "campaignId": "welcome",
        "requestId": "r-1",
        "createdAt": AT,
    }
    assert headers(outgoing)["clarion.schema"] == "profile.created/1"


def test_an_execution_lists_every_outcome_in_order() -> None:
    execution = called(partition=2, offset=9, timestamp=1_780_000_000_123)
    delivery = delivered(execution)
    [who] = execution.call.all_recipients()
    execution.outcomes = [delivery, Exclusion(Reason.NO_CONSENT, who, Channel.SMS), rejected()]
    outgoing = PUBLISHER.execution(execution)
    assert outgoing
    assert (outgoing.topic, outgoing.key) == ("clarion.executions", EXECUTION_ID.encode())
    assert orjson.loads(outgoing.value or b"") == {
        "executionId": EXECUTION_ID,
        "requestId": "r-1",
        "campaignId": "welcome",
        "campaignVersion": 3,
        "attempt": 1,
        "source": {"topic": "clarion.triggers", "partition": 2, "offset": 9},
        "triggeredAt": "2026-05-28T20:26:40.123Z",
        "executedAt": AT,
        "outcomes": [
            {
                "recipient": "email:alice@example.com",
                "channel": "email",
                "outcome": "delivery",
                "deliveryId": delivery.delivery_id,
            },
            {
                "recipient": "email:alice@example.com",
                "channel": "sms",
                "outcome": "exclusion",
                "reason": "no_consent",
            },
            {
                "recipient": "email:alice@example.com",
                "channel": "email",
                "outcome": "rejection",
                "reason": "missing_address",
            },
        ],
    }


def test_a_rejected_trigger_is_one_outcome_without_recipient_and_channel() -> None:
    execution = called()
    execution.campaign = None
    execution.reject(Reason.UNKNOWN_CAMPAIGN, "There is none.")
    outgoing = PUBLISHER.execution(execution)
    assert outgoing
    value = orjson.loads(outgoing.value or b"")
    assert value["outcomes"] == [{"outcome": "rejection", "reason": "unknown_campaign"}]
    assert value["campaignVersion"] is None


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [({"recipients": []}, True), ({"requestId": ""}, False), ({"campaignId": "a:b"}, False)],
)
def test_an_execution_is_told_when_both_ids_are_valid(changes: Json, is_told: bool) -> None:  # noqa: FBT001
    assert (PUBLISHER.execution(called(value=TRIGGER | changes)) is not None) == is_told


def test_the_traceparent_is_passed_on_and_no_other_header() -> None:
    execution = called(headers=[("traceparent", b"00-aa-bb-01"), ("x", b"y"), ("clarion.schema", b"forged")])
    for outgoing in (
        PUBLISHER.delivery(accepted(execution), delivered(execution), None),
        PUBLISHER.execution(execution),
    ):
        assert outgoing
        assert list(outgoing.headers)[2:] == [("traceparent", b"00-aa-bb-01")]


# --- dead letters ----------------------------------------------------------------------------------------


def test_nothing_rejected_makes_no_dead_letter() -> None:
    execution = called()
    [who] = execution.call.all_recipients()
    execution.outcomes = [delivered(execution), Exclusion(Reason.DUPLICATE, who, Channel.SMS)]
    assert next(PUBLISHER.dead_letters(execution), None) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [(None, None), (b"", b""), (b"\xff\x00", b"\xff not JSON"), (b"k", orjson.dumps(TRIGGER))],
)
def test_key_and_value_of_a_dead_letter_are_the_originals(key: bytes | None, value: bytes | None) -> None:
    letter = letter_of(called(Rejection(Reason.MALFORMED, "x"), value=value, key=key))
    assert (letter.topic, letter.key, letter.value) == ("clarion.dead-letters", key, value)


def test_a_dead_letter_says_why_and_where_it_came_from() -> None:
    execution = called(partition=2, offset=9, timestamp=1_780_000_000_123)
    execution.reject(Reason.BEFORE_START, "It starts tomorrow.")
    assert headers(letter_of(execution)) == {
        "clarion.reason": "before_start",
        "clarion.detail": "It starts tomorrow.",
        "clarion.origin.topic": "clarion.triggers",
        "clarion.origin.partition": "2",
        "clarion.origin.offset": "9",
        "clarion.origin.timestamp": "1780000000123",
        "clarion.campaign-id": "welcome",
        "clarion.campaign-version": "3",
        "clarion.request-id": "r-1",
        "clarion.attempt": "1",
        "clarion.failed-at": AT,
    }


def test_an_id_that_is_not_valid_has_no_header() -> None:
    told = headers(letter_of(called(value=TRIGGER | {"requestId": "\x00"})))
    assert "clarion.request-id" not in told
    assert told["clarion.campaign-id"] == "welcome"
    told = headers(letter_of(called(value=b"{")))
    assert not {"clarion.request-id", "clarion.campaign-id"} & told.keys()


def test_original_headers_are_kept_with_their_order_and_repetitions_before_clarions() -> None:
    own = [("b", b"1"), ("a", b"\xff"), ("b", b"2"), ("traceparent", b"00"), ("clarionx", b""), ("n", None)]
    letter = letter_of(called(rejected(), headers=own))
    assert list(letter.headers)[: len(own)] == own
    assert all(name.startswith("clarion.") for name, _ in list(letter.headers)[len(own) :])


def test_earlier_clarion_headers_are_replaced_and_forged_ones_dropped() -> None:
    earlier = [("clarion.reason", b"forged"), ("x", b"1"), ("clarion.unknown", b"?"), ("clarion.", b"")]
    letter = letter_of(called(rejected(), headers=[*earlier, *replayed()]))
    names = [name for name, _ in letter.headers]
    assert len(names) == len(set(names))
    assert not {"clarion.unknown", "clarion."} & set(names)
    assert headers(letter)["clarion.reason"] == "missing_address"


def test_a_replay_that_fails_again_keeps_the_first_origin_and_counts_the_attempt() -> None:
    told = headers(letter_of(called(rejected(), offset=99, headers=replayed(attempt="2"))))
    assert told["clarion.attempt"] == "3"
    assert told["clarion.origin.offset"] == "7"
    assert told["clarion.origin.timestamp"] == "1770000000000"


def test_the_first_failure_gives_the_reason_and_all_are_listed_in_order() -> None:
    bob = called(value=trigger(recipient("bob@b.c"))).call.all_recipients()[0]
    wrong = Rejection(Reason.NAMESPACE_MISMATCH, "The namespace is another.", bob)
    letter = letter_of(called(delivered(called()), rejected(), wrong, rejected(Reason.RENDER_FAILED)))
    assert headers(letter)["clarion.reason"] == "missing_address"
    assert headers(letter)["clarion.detail"] == "None is known."
    assert failures(letter) == [
        failure(),
        {
            "recipient": "email:bob@b.c",
            "channel": None,
            "reason": "namespace_mismatch",
            "detail": "The namespace is another.",
        },
        failure() | {"reason": "render_failed"},
    ]


def test_the_details_of_a_dead_letter_are_bounded() -> None:
    letter = letter_of(called(rejected(detail="å" * 5_000)))
    assert len(headers(letter)["clarion.detail"]) <= 1_000
    assert len(failures(letter)[0]["detail"]) <= 1_000


def test_a_partial_replay_rejected_as_a_whole_stays_partial() -> None:
    """Those who got their message the first time must not get it the third."""
    pairs = [failure(channel="sms"), failure(channel="push"), failure("email:bob", None)]
    execution = called(headers=replayed(pairs), value=trigger(recipient(), recipient("bob")))
    execution.reject(Reason.AFTER_END, "It is over.")
    again = read_again(execution)
    assert again.replayed_pairs == {"email:alice@example.com": {Channel.SMS, Channel.PUSH}, "email:bob": None}
    assert {each["reason"] for each in failures(letter_of(execution))} == {"after_end"}


def test_a_partial_replay_whose_recipient_is_rejected_as_a_whole_stays_partial() -> None:
    """Rules 8 and 9 try no channel; those delivered the first time are still not to be repeated."""
    execution = called(headers=replayed([failure(channel="sms")]))
    execution.outcomes = [
        Rejection(Reason.UNKNOWN_PROFILE, "There is none.", execution.call.all_recipients()[0])
    ]
    assert read_again(execution).replayed_pairs == {"email:alice@example.com": {Channel.SMS}}


def read_again(execution: Execution) -> Any:
    """What a replay of the call's dead letter would execute."""
    letter = letter_of(execution)
    return read_origin(record(letter.value, headers=letter.headers, offset=1_000))


CHANNELS: Sequence[Channel | None] = [None, *Channel]
REJECTIONS = [reason for reason in Reason if reason.kind is Kind.REJECTION]
pairs = st.dictionaries(
    st.tuples(st.integers(0, 19), st.sampled_from(CHANNELS)),
    st.tuples(st.sampled_from(REJECTIONS), st.text(st.characters(exclude_categories=["Cs"]))),
    min_size=1,
    max_size=60,
)
user_ids = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    min_size=20,
    max_size=20,
    unique=True,
)


@given(user_ids, pairs)
def test_a_dead_letter_read_back_names_exactly_the_pairs_that_failed(
    users: list[str], failed: dict[tuple[int, Channel | None], tuple[Reason, str]]
) -> None:
    execution = called(value=trigger(*(recipient(user) for user in users)))
    people = execution.call.all_recipients()
    execution.outcomes = [Rejection(*why, people[n], channel) for (n, channel), why in failed.items()]
    expected: dict[str, Any] = {}
    for n, channel in failed:
        expected.setdefault(people[n].name, set()).add(channel)
    again = read_again(execution)
    assert again.replayed_pairs == {
        name: None if None in found else found for name, found in expected.items()
    }
    assert again.attempt == 2
