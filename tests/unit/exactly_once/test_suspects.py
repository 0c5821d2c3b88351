"""The search for the record whose output is too large, and for the topic that takes none."""

from consumer.exactly_once.handler import Refusal
from consumer.exactly_once.suspects import Suspects
from consumer.kafka.record import place_of
from tests.builders import record

ONE = record({}, offset=7)
PLACE = place_of(ONE)


def test_a_record_that_fails_alone_is_refused_and_then_its_letter_leaves_the_original_out() -> None:
    suspects = Suspects()
    assert not suspects.suspect([ONE, record({}, offset=8)])
    assert not suspects.refused
    assert not suspects.suspect([ONE])
    assert suspects.refused == {PLACE: Refusal.TOO_LARGE}
    assert not suspects.suspect([ONE])
    assert suspects.refused == {PLACE: Refusal.LETTER_TOO_LARGE}


def test_once_a_topic_takes_nothing_no_further_try_leaves_the_original_out() -> None:
    suspects = Suspects()
    for _ in range(2):
        assert not suspects.suspect([ONE])
    tries = []
    for _ in range(6):
        assert suspects.suspect([ONE])
        tries.append(suspects.refused.get(PLACE))
    assert tries == [None, Refusal.TOO_LARGE] * 3


def test_a_record_that_was_committed_is_no_suspect_any_more() -> None:
    suspects = Suspects()
    for _ in range(3):
        suspects.suspect([ONE])
    suspects.clear({0: 8})
    assert not suspects
    assert not suspects.suspect([ONE])
