from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.letter import read_letter
from consumer.kafka.span import Span
from schemas.place import LetterPlace
from tests.builders import failure
from tests.letters import letter_record

FAILED_AT = datetime(2026, 6, 1, tzinfo=UTC)
LETTER = read_letter(letter_record(failures=[failure()]))
SECOND = timedelta(seconds=1)


def test_nothing_chosen_is_everything() -> None:
    assert Choice().takes(LETTER)
    assert not Choice().is_explicit
    assert Choice(reasons=frozenset({"x"})).is_explicit


@pytest.mark.parametrize(
    ("fitting", "other"),
    [
        ({"reasons": {"before_start", "expired"}}, {"reasons": {"expired"}}),
        ({"reasons": {"missing_address"}}, {"reasons": {"missing"}}),
        ({"campaigns": {"welcome"}}, {"campaigns": {"other"}}),
        ({"request_ids": {"r-1"}}, {"request_ids": {"r-2"}}),
        ({"since": FAILED_AT}, {"since": FAILED_AT + SECOND}),
        ({"until": FAILED_AT + SECOND}, {"until": FAILED_AT}),
        ({"at": {LetterPlace(2, 5)}}, {"at": {LetterPlace(5, 2)}}),
    ],
)
def test_each_filter_takes_what_fits(fitting: dict[str, Any], other: dict[str, Any]) -> None:
    assert Choice(**fitting).takes(LETTER)
    assert not Choice(**other).takes(LETTER)
    assert not Choice(**fitting | other).takes(LETTER)


def test_only_the_stretch_that_holds_the_chosen_is_read() -> None:
    spans = {0: Span(3, 10), 1: Span(0, 10), 2: Span(0, 10)}
    chosen = Choice(
        at=frozenset({LetterPlace(1, 4), LetterPlace(1, 6), LetterPlace(0, 1), LetterPlace(9, 9)})
    )
    narrowed = chosen.narrowed(spans)
    assert narrowed[1] == Span(4, 7)
    assert narrowed[0].length == 0
    assert set(narrowed) == {0, 1}


def test_reading_can_begin_later_in_some_partitions_only() -> None:
    assert Choice(starts={0: 5, 1: 0}).narrowed({0: Span(3, 10), 1: Span(3, 10), 2: Span(0, 1)}) == {
        0: Span(5, 10),
        1: Span(3, 10),
    }
