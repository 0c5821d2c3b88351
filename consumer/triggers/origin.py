"""Where a record first came from, how often it was tried, and what of it is to be executed.

A fresh trigger is its own origin. A replayed one carries these facts in `clarion.*` headers; if they are not
complete and well-formed, they are not a replay's, and are ignored.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from consumer.kafka.record import Record, place_of
from schemas import dead_letter
from schemas.channel import Channel
from schemas.dead_letter import Failure
from schemas.place import Place
from schemas.trigger import Trigger
from schemas.trigger_wire import RECIPIENTS_MAX
from schemas.whole_numbers import INT32_MAX, INT64_MAX, INT64_MIN, whole_number

_FAILURES_MAX = RECIPIENTS_MAX * len(Channel)
"""More would be listed again, each with its detail, in a letter too large for its topic."""
_failures = TypeAdapter(list[Failure])


class Origin(NamedTuple):
    place: Place
    timestamp: int
    """Epoch milliseconds."""
    attempt: int
    """1 for a first try."""
    replayed_pairs: Mapping[str, Collection[Channel] | None] | None
    """Recipients by name with their channels (None: all); None to execute the whole trigger."""


def read_origin(record: Record, trigger: Trigger | None = None) -> Origin:
    """The origin that a replay's headers give, else the record's own place."""
    return read_replay(record, trigger) or own_origin(record)


def own_origin(record: Record) -> Origin:
    return Origin(place_of(record), record.timestamp, 1, None)


def read_replay(record: Record, trigger: Trigger | None = None) -> Origin | None:
    """The origin that a replay's headers give; None if the record is not a replay.

    A replay lies on the topic that it names as its origin, else its dead letter's replay would be written to
    any topic a producer likes; and its failures name recipients of its trigger, else it would do nothing.
    """
    if not record.headers or not any(name.startswith(dead_letter.PREFIX) for name, _ in record.headers):
        return None
    headers = {name: value.decode(errors="replace") for name, value in record.headers if value is not None}
    try:
        origin = _read(headers)
    except (KeyError, ValueError):
        return None
    if origin.place.topic != record.topic:
        return None
    pairs = origin.replayed_pairs
    if pairs and trigger and not pairs.keys() <= {recipient.name for recipient in trigger.recipients}:
        return None
    return origin


def _read(headers: Mapping[str, str]) -> Origin:
    """Raises KeyError for a header that is missing, ValueError for one that is not a replay's."""
    return Origin(
        Place(
            headers[dead_letter.ORIGIN_TOPIC],
            whole_number(headers[dead_letter.ORIGIN_PARTITION], 0, INT32_MAX),
            whole_number(headers[dead_letter.ORIGIN_OFFSET], 0, INT64_MAX),
        ),
        whole_number(headers[dead_letter.ORIGIN_TIMESTAMP], INT64_MIN, INT64_MAX),
        min(whole_number(headers[dead_letter.ATTEMPT], 1, INT32_MAX) + 1, INT32_MAX),
        _pairs(headers.get(dead_letter.FAILURES)),
    )


def _pairs(text: str | None) -> Mapping[str, Collection[Channel] | None] | None:
    """Raises ValueError if the text is no list of failures."""
    if text is None:
        return None
    try:
        failures = _failures.validate_json(text)
    except ValidationError as error:
        raise ValueError("not a list of failures") from error
    if not 0 < len(failures) <= _FAILURES_MAX:
        raise ValueError("no failures, or more than a trigger can have")
    pairs: dict[str, set[Channel] | None] = {}
    for failure in failures:
        channels = pairs.setdefault(failure.recipient, set())
        if failure.channel is None:
            pairs[failure.recipient] = None
        elif channels is not None:
            channels.add(Channel(failure.channel))
    return pairs
