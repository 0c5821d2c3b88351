"""Feedback of channel services that have no Kafka, put on the topic that the others write."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

import orjson
from pydantic import BaseModel, Field, TypeAdapter

from consumer.kafka.topics import Topics
from consumer.keys.key import Scope
from gateway.api.bodies import JSON, read_json
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import NUMBER, Shape, record
from schemas.feedback import Feedback, InvalidFeedbackError, read_feedback

EVENTS_MAX: Final = 1_000

_Events = Annotated[list[Feedback], Field(min_length=1, max_length=EVENTS_MAX)]


class Batch(BaseModel):
    """Events in any order, of any deliveries."""

    events: _Events


class Event(NamedTuple):
    key: bytes
    value: bytes


class BatchBody:
    """An array of events, or an object that has it as `events`."""

    media_types: Sequence[str] = (JSON,)
    is_required = True

    @property
    def shape(self) -> Shape:
        adapter: TypeAdapter[object] = TypeAdapter(Batch | _Events)
        return adapter.json_schema(ref_template="#/components/schemas/{model}")

    def read(self, content: bytes, media_type: str) -> list[Event]:  # noqa: ARG002 - as Body has it
        document = read_json(content)
        events = document.get("events") if isinstance(document, dict) else document
        if not isinstance(events, list) or not 1 <= len(events) <= EVENTS_MAX:
            expected = f"It must be an array of 1 to {EVENTS_MAX:,} events."
            raise RefusalError(invalid("The body is not what is expected here.", {"events": expected}))
        faults: dict[str, str] = {}
        accepted: list[Event] = []
        for number, event in enumerate(events):
            value = orjson.dumps(event)
            try:
                accepted.append(Event(read_feedback(value).delivery_id.encode(), value))
            except InvalidFeedbackError as error:
                place = f"events[{number}]"
                found = {f"{place}.{fault.path}": fault.problem for fault in error.faults}
                faults |= found or {place: str(error)}
        if faults:
            raise RefusalError(invalid("No event was accepted: some of them are no feedback.", faults))
        return accepted


async def _accept(call: Invocation) -> Answer:
    services, events = call.services, call.body
    topic = Topics(services.settings.topic_prefix).feedback
    writes = (services.feedback.write_to(topic, event.key, event.value) for event in events)
    for error in await asyncio.gather(*writes, return_exceptions=True):
        if error is not None:
            raise error
    return Answer({"accepted": len(events)}, 202)


OPERATIONS: Final = (
    Operation(
        "POST",
        "/feedback",
        Scope.OPERATE,
        "Report what became of deliveries; accepted as a whole, once Kafka has every event, or not at all.",
        _accept,
        record(accepted=NUMBER),
        body=BatchBody(),
        status=202,
    ),
)
