from datetime import UTC, datetime
from typing import Any

import pytest

from consumer.dead_letters.letter import milliseconds, read_letter
from schemas.place import LetterPlace
from tests.builders import failure
from tests.letters import letter_record


def test_a_letter_is_what_its_headers_say() -> None:
    letter = read_letter(letter_record())
    assert letter.at == LetterPlace(2, 5)
    assert letter.failed_at == datetime(2026, 6, 1, tzinfo=UTC)
    assert (letter.reason, letter.campaign_id, letter.campaign_version, letter.request_id) == (
        "before_start",
        "welcome",
        1,
        "r-1",
    )
    assert letter.attempt == 1
    assert letter.origin is not None
    assert letter.origin.place == ("clarion.triggers", 1, 7)
    assert not letter.is_foreign


def test_a_letter_has_the_reasons_of_all_its_failures() -> None:
    letter = read_letter(letter_record(reason="no_such", failures=[failure()]))
    assert letter.reasons == {"no_such", "missing_address"}


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": None},
        {"failed_at": None},
        {"failed_at": "yesterday"},
        {"failed_at": "2026-06-01T00:00:00"},
        {"origin_topic": None},
        {"origin_offset": "x"},
        {"attempt": None},
        {"attempt": "0"},
    ],
)
def test_an_incomplete_letter_is_somebody_elses(changes: dict[str, Any]) -> None:
    assert read_letter(letter_record(**changes)).is_foreign


@pytest.mark.parametrize("failures", [[], [{}], [failure(channel="pigeon")]])
def test_failures_that_a_consumer_would_not_read_make_it_foreign(failures: list[dict[str, object]]) -> None:
    # It would be executed for all recipients, who may have got their message.
    assert read_letter(letter_record(failures=failures)).is_foreign


def test_a_record_without_any_header_is_read_all_the_same() -> None:
    letter = read_letter(letter_record(fields={"headers": (), "timestamp": 1_780_000_000_000}))
    assert letter.is_foreign
    assert letter.failed_at == datetime.fromtimestamp(1_780_000_000, UTC)
    assert (letter.reason, letter.failures, letter.attempt) == ("", (), 0)


def test_a_letters_place_is_read_as_it_is_written() -> None:
    assert LetterPlace.parse("3:1042") == LetterPlace(3, 1042)
    assert str(LetterPlace(3, 1042)) == "3:1042"
    for wrong in ("3", "3:", ":1", "a:1", "3:-1", "3:1:2", "3: 1", "\u0663:1", "1:" + "9" * 19):
        with pytest.raises(ValueError, match="PARTITION:OFFSET"):
            LetterPlace.parse(wrong)


def test_milliseconds_are_exact() -> None:
    assert milliseconds(datetime.fromisoformat("2026-06-01T00:00:00.123Z")) % 1000 == 123
    assert milliseconds(datetime.fromisoformat("2026-06-01T02:00:00.123+02:00")) % 1000 == 123
