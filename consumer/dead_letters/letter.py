"""A dead letter as its headers describe it; its content stays in the record."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from consumer.kafka.record import Record
from consumer.triggers.call import moment
from consumer.triggers.origin import Origin, read_origin
from schemas import dead_letter as names
from schemas.dead_letter import Failure
from schemas.moment import read_moment
from schemas.place import LetterPlace
from schemas.reasons import Reason
from schemas.whole_numbers import INT32_MAX, whole_number

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_failures = TypeAdapter(tuple[Failure, ...])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    at: LetterPlace
    failed_at: datetime
    """Of a letter that is not Clarion's: the record's own timestamp."""
    reason: str
    """Empty when the letter does not say."""
    detail: str
    failures: tuple[Failure, ...]
    """Of a partly failed trigger; empty when all of it failed."""
    campaign_id: str | None
    campaign_version: int | None
    request_id: str | None
    attempt: int
    origin: Origin | None
    """None in a letter that is not Clarion's: it cannot be replayed."""
    release_at: datetime | None = None
    """When it is released by itself, if it is."""

    @property
    def reasons(self) -> set[str]:
        """The letter's own, and those of its failures."""
        return {self.reason, *(failure.reason for failure in self.failures)}

    @property
    def is_held(self) -> bool:
        """Whether it waits for a time, and nobody has to do anything."""
        return self.reason == Reason.QUIET_HOURS

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else put it there: its headers are not those of a dead letter."""
        return self.origin is None


def read_letter(record: Record) -> DeadLetter:
    """Whatever the record is, it can be listed, shown and discarded."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers if value is not None}
    failed_at = _moment(headers.get(names.FAILED_AT))
    origin = _origin(record, headers.get(names.ORIGIN_TOPIC, ""))
    is_ours = failed_at is not None and origin is not None and bool(headers.get(names.REASON))
    return DeadLetter(
        at=LetterPlace(record.partition, record.offset),
        failed_at=failed_at or moment(record.timestamp),
        reason=headers.get(names.REASON, ""),
        detail=headers.get(names.DETAIL, ""),
        failures=_read_failures(headers.get(names.FAILURES)),
        campaign_id=headers.get(names.CAMPAIGN_ID),
        campaign_version=_version(headers.get(names.CAMPAIGN_VERSION)),
        request_id=headers.get(names.REQUEST_ID),
        # As an origin, the headers give the attempt that a replay would be.
        attempt=origin.attempt - 1 if origin else 0,
        origin=origin if is_ours else None,
        release_at=_moment(headers.get(names.RELEASE_AT)),
    )


def milliseconds(instant: datetime) -> int:
    """Since 1970, as precise as Clarion writes times."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def _origin(record: Record, topic: str) -> Origin | None:
    # Read by the consumer's own rule, as if it lay there again: what it would not take for a replay must not
    # be sent as one, for a partly failed trigger would then be executed for everybody.
    origin = read_origin(replace(record, topic=topic))
    # A first try is no replay: the headers are not those of one.
    return origin if origin.attempt > 1 else None


def _moment(text: str | None) -> datetime | None:
    try:
        return read_moment(text or "")
    except ValueError:
        return None


def _version(text: str | None) -> int | None:
    try:
        return whole_number(text or "", 1, INT32_MAX)
    except ValueError:
        return None


def _read_failures(text: str | None) -> tuple[Failure, ...]:
    if text is None:
        return ()
    try:
        return _failures.validate_json(text)
    except ValidationError:
        return ()
