"""From records to rows: pure. Records that are not Clarion's are kept apart, not refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from consumer.kafka.record import Partition, Record
from consumer.kafka.topics import Topics
from consumer.projector.wire import DeliveryWire, ExecutionWire, LetterHeaders, ResolutionWire
from consumer.rules.person import PersonHashes
from consumer.store.dead_letters import StoredDeadLetter
from consumer.store.executions import StoredExecution
from consumer.store.offsets import Move
from consumer.store.people import PersonRow
from consumer.store.projections import Batch
from consumer.store.resolutions import StoredResolution
from schemas.dead_letter import PREFIX
from schemas.place import LetterPlace
from schemas.whole_numbers import partition_and_offset


@dataclass(slots=True)
class Rows:
    executions: list[StoredExecution] = field(default_factory=list)
    dead_letters: list[StoredDeadLetter] = field(default_factory=list)
    resolutions: dict[LetterPlace, StoredResolution | None] = field(default_factory=dict)
    """The last word on each letter; None where a resolution was taken back."""
    people: set[PersonRow] = field(default_factory=set)
    foreign: list[tuple[Record, str]] = field(default_factory=list)
    """Records that are not Clarion's, and why not."""

    def batch(self, moves: Mapping[Partition, Move]) -> Batch:
        return Batch(self.executions, self.dead_letters, self.resolutions, moves, self.people)


def read_rows(records: Iterable[Record], topics: Topics, people: PersonHashes | None = None) -> Rows:
    """What the records say; those of a partition are in order. Without `people` nobody is found by name."""
    rows = Rows()
    for record in records:
        try:
            _read(record, topics, rows, people)
        except ValueError as error:
            rows.foreign.append((record, _cause(error)))
    return rows


def _cause(error: ValueError) -> str:
    """Without any of the record's values."""
    if not isinstance(error, ValidationError):
        return str(error) if type(error) is ValueError else type(error).__name__
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['type']}"


def _read(record: Record, topics: Topics, rows: Rows, people: PersonHashes | None) -> None:
    """Raises ValueError (pydantic's and Unicode's errors are such) for what is not Clarion's."""
    if record.topic == topics.executions:
        execution = read_execution(record)
        rows.executions.append(execution)
        rows.people |= _people_of(execution, people) if people else set()
    elif record.topic == topics.dead_letters:
        rows.dead_letters.append(read_dead_letter(record))
    elif record.topic == topics.resolutions:
        letter, resolution = read_resolution(record)
        rows.resolutions[letter] = resolution
    elif people:
        rows.people |= _people_of_delivery(record, people)


def _people_of(execution: StoredExecution, people: PersonHashes) -> set[PersonRow]:
    names = {str(outcome["recipient"]) for outcome in execution.outcomes if "recipient" in outcome}
    hashes = {hash_ for name in names for hash_ in people.of_recipient(name)}
    return {(hash_, execution.execution_id, execution.executed_at) for hash_ in hashes}


def _people_of_delivery(record: Record, people: PersonHashes) -> set[PersonRow]:
    """Raises ValueError."""
    wire = DeliveryWire.model_validate_json(record.value or b"")
    hashes = people.of_address(wire.channel, wire.address)
    return {(hash_, wire.execution_id, wire.created_at) for hash_ in hashes}


def read_execution(record: Record) -> StoredExecution:
    """Raises ValueError."""
    wire = ExecutionWire.model_validate_json(record.value or b"")
    outcomes = [outcome.model_dump(mode="json", exclude_none=True) for outcome in wire.outcomes]
    return StoredExecution(
        partition=record.partition,
        offset=record.offset,
        execution_id=wire.execution_id,
        campaign_id=wire.campaign_id,
        campaign_version=wire.campaign_version,
        request_id=wire.request_id,
        attempt=wire.attempt,
        source_topic=wire.source.topic,
        source_partition=wire.source.partition,
        source_offset=wire.source.offset,
        triggered_at=wire.triggered_at,
        executed_at=wire.executed_at,
        outcomes=outcomes,
        is_delivered=all(outcome["outcome"] == "delivery" for outcome in outcomes),
    )


def read_dead_letter(record: Record) -> StoredDeadLetter:
    """Raises ValueError."""
    own = [(name, value) for name, value in record.headers if name.startswith(PREFIX)]
    texts = {name: value.decode() for name, value in own if value is not None}
    headers = LetterHeaders.model_validate(texts)
    failures = headers.failures or []
    reasons = [headers.reason, *(failure.reason for failure in failures)]
    return StoredDeadLetter(
        partition=record.partition,
        offset=record.offset,
        failed_at=headers.failed_at,
        failed_at_text=texts[f"{PREFIX}failed-at"],
        reason=headers.reason,
        reasons=list(dict.fromkeys(reasons)),
        detail=headers.detail,
        failures=[failure.model_dump(exclude_none=True) for failure in failures] or None,
        campaign_id=headers.campaign_id,
        campaign_version=headers.campaign_version,
        request_id=headers.request_id,
        attempt=headers.attempt,
        origin_topic=headers.origin_topic,
        origin_partition=headers.origin_partition,
        origin_offset=headers.origin_offset,
        origin_timestamp=headers.origin_timestamp,
        value_bytes=None if record.value is None else len(record.value),
        release_at=headers.release_at,
    )


def read_resolution(record: Record) -> tuple[LetterPlace, StoredResolution | None]:
    """A record without a value takes back what was said. Raises ValueError."""
    letter = LetterPlace(*partition_and_offset((record.key or b"").decode()))
    if record.value is None:
        return letter, None
    wire = ResolutionWire.model_validate_json(record.value)
    return letter, StoredResolution(
        *letter,
        failed_at=wire.failed_at,
        action=wire.action,
        run_id=wire.run_id,
        operator=wire.operator,
        resolved_at=wire.at,
        note=wire.note,
        is_patched=wire.patch is not None,
        partition=record.partition,
    )
