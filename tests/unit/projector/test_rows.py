"""From records to rows: tolerant of a newer Clarion, deaf to what is not Clarion's."""

from typing import Any

import orjson
import pytest
from aiokafka.structs import ConsumerRecord

from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from consumer.projector.rows import Rows, read_rows
from schemas.place import LetterPlace
from tests.installation import Json
from tests.past import at, execution, letter_headers, resolution

TOPICS = Topics("t.")


def record(topic: str, value: Json | bytes | None, key: bytes | None = None, headers: Any = ()) -> Record:
    written = orjson.dumps(value) if isinstance(value, dict) else value
    return ConsumerRecord(topic, 2, 7, 0, 0, key, written, None, 0, 0, tuple(headers))


def rows(*records: Record) -> Rows:
    return read_rows(records, TOPICS)


def test_an_execution_becomes_a_row() -> None:
    [row] = rows(record(TOPICS.executions, execution(1))).executions
    assert (row.partition, row.offset, row.request_id, row.source_offset) == (2, 7, "r-1", 1)
    assert row.outcomes == execution(1)["outcomes"]
    assert row.is_delivered
    [rejected] = rows(record(TOPICS.executions, execution(10))).executions
    assert not rejected.is_delivered


def test_what_a_newer_clarion_says_beyond_is_taken() -> None:
    outcome = {"outcome": "exclusion", "reason": "quiet_hours", "until": "tomorrow"}
    value = execution(1, outcomes=[outcome], region="eu")
    [row] = rows(record(TOPICS.executions, value)).executions
    assert row.outcomes == [{"outcome": "exclusion", "reason": "quiet_hours"}]


def test_a_dead_letter_becomes_a_row_without_its_value() -> None:
    failures = orjson.dumps(
        [
            {"recipient": "email:a", "channel": "email", "reason": "missing_context", "detail": "x"},
            {"recipient": "email:b", "channel": None, "reason": "unknown_profile"},
        ]
    ).decode()
    headers = [
        *letter_headers(10, reason="missing_context", failures=failures),
        ("own", b"\xff"),
        ("no", None),
    ]
    [row] = rows(record(TOPICS.dead_letters, b"secret", headers=headers)).dead_letters
    assert row.reasons == ["missing_context", "unknown_profile"]
    assert (row.value_bytes, row.attempt, row.origin_offset) == (6, 1, 10)
    assert row.failed_at_text == at(1.02)
    assert "secret" not in str(row)


def test_the_last_word_on_a_letter_stands() -> None:
    said = [
        record(TOPICS.resolutions, resolution(1), b"3:5"),
        record(TOPICS.resolutions, resolution(1, action="discard", note="no", patch={"a": "secret"}), b"3:5"),
        record(TOPICS.resolutions, None, b"3:6"),
    ]
    found = rows(*said)
    last = found.resolutions[LetterPlace(3, 5)]
    assert last
    assert (last.action, last.note, last.is_patched) == ("discard", "no", True)
    assert "secret" not in str(last)
    assert found.resolutions[LetterPlace(3, 6)] is None


@pytest.mark.parametrize("value", [None, b"", b"x", b"[]", b"{}", b"\xff", b'{"executionId": "secret"}'])
@pytest.mark.parametrize("topic", [TOPICS.executions, TOPICS.dead_letters, TOPICS.resolutions])
def test_what_is_not_clarions_is_told_apart_and_quoted_nowhere(topic: str, value: bytes | None) -> None:
    found = rows(record(topic, value, b"secret", [("clarion.reason", b"\xffsecret")]))
    [(_, cause)] = found.foreign
    assert "secret" not in cause
    assert not found.executions
    assert not found.dead_letters
    assert not found.resolutions
