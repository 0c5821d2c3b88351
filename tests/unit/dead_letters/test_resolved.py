import orjson
import pytest

from consumer.dead_letters.letter import read_letter
from consumer.dead_letters.resolved import Resolved
from consumer.kafka.record import Record
from consumer.kafka.span import Span
from tests.builders import record
from tests.letters import FAILED_AT, letter_record

LETTER = read_letter(letter_record())


def said(value: object, key: bytes = b"2:5") -> Record:
    return record(value if isinstance(value, bytes | None) else orjson.dumps(value), key=key)


def resolved(*records: Record, spans: dict[int, Span] | None = None) -> Resolved:
    made = Resolved(spans or {2: Span(3, 9)})
    for one in records:
        made.note(one)
    return made


def test_a_letter_is_resolved_by_a_resolution_of_its_failure() -> None:
    assert LETTER not in resolved()
    assert LETTER in resolved(said({"failedAt": FAILED_AT}))


def test_a_newer_clarion_may_say_more() -> None:
    assert LETTER in resolved(said({"failedAt": FAILED_AT, "action": "postpone", "more": [1]}))


def test_a_failure_of_an_older_topic_resolves_nothing() -> None:
    assert LETTER not in resolved(said({"failedAt": "2025-01-01T00:00:00.000Z"}))


def test_the_last_word_counts() -> None:
    done, undone = said({"failedAt": FAILED_AT}), said(None)
    assert LETTER not in resolved(done, undone)
    assert LETTER in resolved(done, undone, done)


@pytest.mark.parametrize("value", [b"garbage", b"[]", b"1", {}, {"failedAt": 1.5e300}, {"failedAt": None}])
def test_what_is_no_resolution_changes_nothing(value: object) -> None:
    assert LETTER not in resolved(said(value))
    assert LETTER in resolved(said({"failedAt": FAILED_AT}), said(value))


@pytest.mark.parametrize("key", [b"", b"x", b"2:4", b"9:5", b"2:99", b"\xff:1"])
def test_resolutions_of_others_are_not_mixed_up(key: bytes) -> None:
    assert LETTER not in resolved(said({"failedAt": FAILED_AT}, key))


def test_a_letter_outside_of_what_was_read_is_not_known_to_be_resolved() -> None:
    assert LETTER not in resolved(said({"failedAt": FAILED_AT}), spans={2: Span(6, 9)})
    assert LETTER not in resolved(said({"failedAt": FAILED_AT}), spans={1: Span(0, 9)})
