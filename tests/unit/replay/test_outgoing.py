"""What a replay writes: the original, where it came from, and the headers by which it is known again."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from consumer.dead_letters.letter import read_letter
from consumer.replay.destination import Destination
from consumer.replay.edit import Edited
from consumer.replay.outgoing import ReplayRecord, Run, replayed, resolution
from consumer.triggers.origin import read_origin
from schemas.resolution import Resolution
from tests.builders import failure, record
from tests.letters import letter_record

TOPIC = Destination("clarion.triggers", 12, 1_000_000)


def outgoing(
    letter: object = None, destination: Destination = TOPIC, edited: Edited | None = None
) -> ReplayRecord:
    original = letter or letter_record(own=[("x", b"1"), ("x", b"2")])
    return replayed(read_letter(original), original, destination, edited)  # type: ignore[arg-type]


def test_the_original_goes_back_to_where_it_was() -> None:
    again = outgoing()
    assert (again.destination, again.partition, again.key, again.value) == (TOPIC, 1, b"key", b"{}")
    assert again.headers[:2] == [("x", b"1"), ("x", b"2")]


def test_of_the_letters_headers_only_those_of_a_replay_are_kept() -> None:
    names = {name for name, _ in outgoing(letter_record(failures=[failure()])).headers}
    assert names == {
        *(f"clarion.origin.{name}" for name in ("topic", "partition", "offset", "timestamp")),
        "clarion.attempt",
        "clarion.failures",
    }


def test_the_consumer_reads_it_as_the_next_try_of_the_same_failures() -> None:
    again = outgoing(letter_record(failures=[failure("email:bob@example.com", "sms")], attempt="2"))
    origin = read_origin(record(again.value, headers=again.headers))
    assert (*origin.place, origin.attempt) == ("clarion.triggers", 1, 7, 3)
    assert origin.replayed_pairs == {"email:bob@example.com": {"sms"}}


def test_without_its_partition_it_goes_where_its_key_belongs() -> None:
    small = Destination("clarion.triggers", 1, 1_000_000)
    assert outgoing(destination=small).partition == 0
    assert outgoing(letter_record(fields={"key": None}), small).partition == 0


def test_a_record_without_key_and_value_stays_so() -> None:
    again = outgoing(letter_record(None, fields={"key": None}))
    assert (again.key, again.value) == (None, None)


def test_a_change_puts_its_value_and_its_names() -> None:
    letter = letter_record(failures=[failure()])
    renamed = tuple(f.model_copy(update={"recipient": "email:new"}) for f in read_letter(letter).failures)
    again = outgoing(letter, edited=Edited(b"new", {}, [], renamed))
    assert again.value == b"new"
    assert orjson.loads(dict(again.headers)["clarion.failures"])[0]["recipient"] == "email:new"


def test_a_resolution_is_one_and_keeps_the_nulls_of_a_patch() -> None:
    letter = read_letter(letter_record())
    made = resolution(
        letter, TOPIC, Run("run", "dana"), "replay", letter.failed_at, patch={"context": {"old": None}}
    )
    read = Resolution.model_validate_json(made.value or b"")
    assert (made.key, read.failed_at, read.operator) == (b"2:5", letter.failed_at, "dana")
    assert read.patch == {"context": {"old": None}}


@given(st.binary(max_size=300) | st.none(), st.binary(max_size=300) | st.none(), st.integers(0, 3))
def test_the_size_is_never_told_too_small(key: bytes | None, value: bytes | None, headers: int) -> None:
    from aiokafka.producer.message_accumulator import BatchBuilder  # noqa: PLC0415 - only to weigh it

    one = ReplayRecord(TOPIC, 0, key, value, [("name", b"value" * 30)] * headers)
    batch = BatchBuilder(16_000, 0, is_transactional=1)
    batch.append(timestamp=None, key=key, value=value, headers=list(one.headers))
    assert batch.size() <= one.size <= batch.size() + 60
