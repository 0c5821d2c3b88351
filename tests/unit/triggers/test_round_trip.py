"""What Clarion writes, Clarion reads: with the extremes of every header, field and key."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from consumer.dead_letters.letter import DeadLetter, milliseconds, read_letter
from consumer.dead_letters.resolved import Resolved
from consumer.kafka.record import Outgoing, Record
from consumer.kafka.span import Span
from consumer.kafka.topics import Topics
from consumer.projector.rows import Rows, read_rows
from consumer.replay.destination import Destination
from consumer.replay.outgoing import ReplayRecord, Run, replayed, resolution
from consumer.rules.outcome import Rejection
from consumer.store.cursor import Cursor
from consumer.triggers.call import Call, moment, read_call
from consumer.triggers.execution import Execution, begin
from consumer.triggers.publish import Publisher
from schemas.channel import Channel
from schemas.place import LetterPlace
from schemas.reasons import Kind, Reason
from tests.builders import live, recipient, record, trigger
from tests.builders import replayed as replay_headers

TOPICS = Topics("clarion.")
PUBLISHER = Publisher(TOPICS)
TRIGGERS = TOPICS.triggers("unitary")
DESTINATION = Destination(TRIGGERS, 12, 2_000_000)
RESOLUTIONS = Destination(TOPICS.resolutions, 12, 2_000_000)

LAST_ATTEMPT = 2**31 - 1
"""Where counting stops."""

int32 = st.integers(0, 2**31 - 1)
offsets = st.integers(0, 2**63 - 1)
timestamps = st.integers(-(2**63), 2**63 - 1)
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
details = st.text(st.characters(exclude_categories=["Cs"]), max_size=1_200)
user_ids = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=255)
reasons = st.sampled_from([reason for reason in Reason if reason.kind is Kind.REJECTION])


@st.composite
def trigger_records(draw: st.DrawFn) -> Record:
    """Records as they can lie on a trigger topic: fresh ones, and replays of replays."""
    value = trigger(recipient(draw(user_ids)), recipient("bob"), requestId=draw(user_ids))
    fields: dict[str, Any] = {
        "topic": TRIGGERS,
        "partition": draw(int32),
        "offset": draw(offsets),
        "timestamp": draw(timestamps),
    }
    if draw(st.booleans()):
        origin = {"partition": draw(int32), "offset": draw(offsets), "timestamp": draw(timestamps)}
        told = {f"origin_{name}": str(number) for name, number in origin.items()}
        fields["headers"] = replay_headers(None, **told, attempt=str(draw(st.integers(1, 2**31 - 1))))
    return record(value, **fields)


def dead_letter(execution: Execution, at: LetterPlace) -> Record:
    written = next(PUBLISHER.dead_letters(execution), None)
    assert written
    return lying(written, at.partition, at.offset)


def lying(written: Outgoing | ReplayRecord, partition: int, offset: int) -> Record:
    """What was written, as it is read again from its topic."""
    topic = written.topic if isinstance(written, Outgoing) else written.destination.topic
    return record(
        written.value,
        topic=topic,
        partition=partition,
        offset=offset,
        key=written.key,
        headers=tuple(written.headers),
    )


def projected(*records: Record) -> Rows:
    rows = read_rows(records, TOPICS)
    assert rows.foreign == []
    return rows


def failed(read: Record, reason: Reason, detail: str, now: datetime, *, partly: bool) -> Execution:
    execution = begin(read_call(read), now)
    execution.campaign = live(version=2**31 - 1)
    first, second = execution.call.all_recipients()
    whole = [Rejection(reason, detail)]
    parts = [Rejection(reason, detail, first, Channel.EMAIL), Rejection(reason, detail, second)]
    execution.outcomes = [*(parts if partly else whole)]
    return execution


TWO = trigger(recipient(), recipient("bob"))
NANOSECONDS = record(TWO, topic=TRIGGERS, timestamp=1_764_000_000_000_000_000)


@given(
    read=trigger_records(),
    reason=reasons,
    detail=details,
    partly=st.booleans(),
    at=st.builds(LetterPlace, int32, offsets),
    now=moments,
)
@example(
    read=NANOSECONDS,
    reason=Reason.BEFORE_START,
    detail="\x00\x1b[2J",
    partly=True,
    at=LetterPlace(2**31 - 1, 2**63 - 1),
    now=datetime(2026, 6, 1, tzinfo=UTC),
)
def test_a_dead_letter_is_listed_projected_and_replayed(
    *, read: Record, reason: Reason, detail: str, partly: bool, at: LetterPlace, now: datetime
) -> None:
    execution = failed(read, reason, detail, now, partly=partly)
    call, letter_record = execution.call, dead_letter(execution, at)
    letter = read_letter(letter_record)
    assert_told(letter, call, now)
    [row] = projected(letter_record).dead_letters
    assert (row.attempt, row.origin, row.origin_timestamp) == (call.attempt, *call.origin[:2])
    assert (row.failed_at, row.detail, row.campaign_version) == (letter.failed_at, letter.detail, 2**31 - 1)
    assert "\x00" not in row.detail + str(row.failures)
    assert_replayed(letter, letter_record, call)


def assert_told(letter: DeadLetter, call: Call, now: datetime) -> None:
    assert letter.origin
    assert not letter.is_foreign
    assert letter.origin[:2] == call.origin[:2]
    assert letter.attempt == min(call.attempt, LAST_ATTEMPT - 1)
    assert letter.request_id == call.read.request_id
    assert milliseconds(letter.failed_at) == milliseconds(now)


def assert_replayed(letter: DeadLetter, letter_record: Record, call: Call) -> None:
    again = read_call(lying(replayed(letter, letter_record, DESTINATION, None), 0, 0))
    assert again.replay
    assert again.replay[:2] == call.origin[:2]
    assert again.attempt == min(call.attempt + 1, LAST_ATTEMPT)
    assert (again.replayed_pairs is None) == (not letter.failures)


@given(int32, offsets, moments, moments, st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_resolution_is_found_again_and_projected(
    partition: int, offset: int, failed_at: datetime, now: datetime, text: str
) -> None:
    execution = failed(NANOSECONDS, Reason.AFTER_END, "Over.", failed_at, partly=False)
    letter = read_letter(dead_letter(execution, LetterPlace(partition, offset)))
    written = resolution(letter, RESOLUTIONS, Run(text, text), "discard", now, note=text, patch={"a": text})
    lies = lying(written, 0, 0)
    resolved = Resolved({partition: Span(offset, offset + 1)})
    resolved.note(lies)
    assert letter in resolved
    [row] = projected(lies).resolutions.values()
    assert row
    assert (row.letter, milliseconds(row.failed_at)) == ((partition, offset), milliseconds(failed_at))
    assert (row.operator, row.note, row.is_patched) == (text, text, True)


def test_the_milliseconds_of_a_far_timestamp_are_kept() -> None:
    assert moment(11_352_604_121_279).microsecond == 279_000


@given(trigger_records(), moments)
def test_an_execution_is_projected(read: Record, now: datetime) -> None:
    execution = failed(read, Reason.EXPIRED, "Too old.", now, partly=True)
    call, written = execution.call, PUBLISHER.execution(execution)
    assert written
    [row] = projected(lying(written, 0, 0)).executions
    assert (row.source_partition, row.source_offset) == (read.partition, read.offset)
    assert (row.attempt, row.triggered_at) == (call.attempt, moment(read.timestamp))
    assert row.request_id == call.read.request_id


@given(moments, int32, offsets)
def test_a_pages_end_is_a_pages_beginning(at: datetime, partition: int, offset: int) -> None:
    cursor = Cursor(at, partition, offset)
    assert Cursor.parse(str(cursor)) == cursor


@given(int32, offsets)
def test_a_letters_place_is_read_as_it_is_shown(partition: int, offset: int) -> None:
    at = LetterPlace(partition, offset)
    assert LetterPlace.parse(str(at)) == at
