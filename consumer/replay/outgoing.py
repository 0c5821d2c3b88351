"""Records to be written: the trigger as it goes back, and the resolution that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import orjson

from consumer.dead_letters.letter import DeadLetter
from consumer.kafka.record import Headers, Record
from consumer.replay.destination import Destination
from consumer.replay.edit import Edited
from schemas import dead_letter as names
from schemas.dead_letter import Failure
from schemas.delivery import timestamp
from schemas.json import JsonObject
from schemas.names import DEAD_LETTER_RESOLUTION

_OVERHEAD: Final = 61 + 21
"""Of a batch of one: its header, and the record's own fields at their longest (KIP-98)."""
_LENGTH: Final = 5
"""Of a length, as a variable-length integer at its longest."""
_CARRIED: Final = (
    names.ATTEMPT,
    names.ORIGIN_TOPIC,
    names.ORIGIN_PARTITION,
    names.ORIGIN_OFFSET,
    names.ORIGIN_TIMESTAMP,
    names.FAILURES,
)


@dataclass(frozen=True, slots=True)
class ReplayRecord:
    """A record, and the partition it goes to."""

    destination: Destination
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def size(self) -> int:
        """What it takes as a batch of its own, in bytes, at most."""
        texts = [self.key or b"", self.value or b""]
        texts += [text for name, value in self.headers for text in (name.encode(), value or b"")]
        return _OVERHEAD + sum(len(text) + _LENGTH for text in texts) + _LENGTH

    @property
    def is_too_large(self) -> bool:
        return self.size > self.destination.batch_bytes_max


def replayed(
    letter: DeadLetter, record: Record, destination: Destination, edited: Edited | None
) -> ReplayRecord:
    """The original again, with the headers by which the consumer knows a replay."""
    assert letter.origin
    carried = {name: value for name, value in record.headers if name in _CARRIED}
    if edited and letter.failures:
        carried[names.FAILURES] = _failures(edited.failures)
    own = [(name, value) for name, value in record.headers if not name.startswith(names.PREFIX)]
    # A producer may have chosen partitions by a rule of its own, so it goes where it was.
    origin = letter.origin.place.partition
    return ReplayRecord(
        destination,
        origin if 0 <= origin < destination.partitions else destination.partition_for(record.key),
        record.key,
        edited.value if edited else record.value,
        [*own, *carried.items()],
    )


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command, and who ran it."""

    run_id: str
    operator: str


def resolution(
    letter: DeadLetter,
    destination: Destination,
    run: Run,
    action: Literal["replay", "discard"],
    at: datetime,
    *,
    note: str | None = None,
    patch: JsonObject | None = None,
) -> ReplayRecord:
    """See schemas/resolution.py. Encoded by hand: a null in a patch says that a member was removed."""
    value = {
        "failedAt": timestamp(letter.failed_at),
        "action": action,
        "runId": run.run_id,
        "operator": run.operator,
        "at": timestamp(at),
        **({"note": note} if note else {}),
        **({"patch": patch} if patch else {}),
    }
    key = str(letter.at).encode()
    return ReplayRecord(
        destination,
        destination.partition_for(key),
        key,
        orjson.dumps(value),
        [("content-type", b"application/json"), (names.SCHEMA, DEAD_LETTER_RESOLUTION.encode())],
    )


def _failures(failures: Sequence[Failure]) -> bytes:
    return orjson.dumps([failure.model_dump(mode="json") for failure in failures])
