"""The shapes as files for others: JSON Schema (2020-12) for each, AsyncAPI for the topics.

docs/schemas/ is made by `clarion schemas export docs/schemas`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from schemas import headers, names
from schemas.asyncapi import asyncapi
from schemas.campaign import CampaignFile, ChannelsFile
from schemas.channel import Channel
from schemas.dead_letter import Failure
from schemas.delivery import EmailDelivery, PushDelivery, SmsDelivery
from schemas.examples import EXAMPLES
from schemas.execution import Execution
from schemas.feedback import Feedback
from schemas.json import JsonObject
from schemas.profile import ProfileCreated, ProfileLine
from schemas.resolution import Resolution
from schemas.rule_set import RuleSetFile
from schemas.trigger_wire import TriggerWire


@dataclass(frozen=True, slots=True)
class _Shape:
    title: str
    description: str
    type: TypeAdapter[Any] | JsonObject
    """The type that Clarion itself reads or writes by, or a JSON Schema as it is."""
    is_written_by_people: bool = False


_SHAPES: Final = {
    names.TRIGGER: _Shape(
        "Trigger",
        "One request: send this campaign to these recipients, with this context. The value has at most "
        "1,000,000 bytes; recipients are unique by namespace and userId; `context.system` is reserved; the "
        "trigger's and a recipient's context merged have at most 200,000 bytes; null counts as absent; "
        "unknown fields are ignored.",
        TypeAdapter(TriggerWire),
    ),
    names.DELIVERY[Channel.EMAIL]: _Shape(
        "E-mail delivery",
        "One e-mail for one recipient, rendered, ready to send.",
        TypeAdapter(EmailDelivery),
    ),
    names.DELIVERY[Channel.SMS]: _Shape(
        "SMS delivery",
        "One text message for one recipient, rendered, ready to send.",
        TypeAdapter(SmsDelivery),
    ),
    names.DELIVERY[Channel.PUSH]: _Shape(
        "Push delivery",
        "One push message for one device, rendered, ready to send.",
        TypeAdapter(PushDelivery),
    ),
    names.EXECUTION: _Shape("Execution", "What became of one trigger record.", TypeAdapter(Execution)),
    names.PROFILE_CREATED: _Shape(
        "Profile created", "A trigger named a person who was not known.", TypeAdapter(ProfileCreated)
    ),
    names.DEAD_LETTER_HEADERS: _Shape(
        "Dead letter's headers", "Why and when a record was set aside, as strings.", headers.DEAD_LETTER
    ),
    names.DEAD_LETTER_FAILURES: _Shape(
        "Dead letter's failures",
        "The header clarion.failures: what failed when not all did; a replay tries only these.",
        TypeAdapter(list[Failure]),
    ),
    names.DEAD_LETTER_RESOLUTION: _Shape(
        "Resolution", "What was done about a dead letter.", TypeAdapter(Resolution)
    ),
    names.FEEDBACK: _Shape(
        "Feedback",
        "What a channel service reports of a delivery. The value has at most 64,000 bytes; null counts as "
        "absent; unknown members are ignored; an event sent twice, by deliveryId, type, at and link, counts "
        "once.",
        TypeAdapter(Feedback),
    ),
    names.FEEDBACK_INVALID_HEADERS: _Shape(
        "Invalid feedback's headers", "Why an event has no effect, as strings.", headers.FEEDBACK_INVALID
    ),
    names.CAMPAIGN: _Shape(
        "Campaign",
        "A campaign as people write it, in YAML.",
        TypeAdapter(CampaignFile),
        is_written_by_people=True,
    ),
    names.CHANNEL_CONFIGURATIONS: _Shape(
        "Channel configurations",
        "Sender settings by name, in YAML; all but `channel` travels with each delivery as its `sender`.",
        ChannelsFile,
        is_written_by_people=True,
    ),
    names.RULE_SET: _Shape(
        "Rule set",
        "Quiet hours and frequency caps as people write them, in YAML.",
        TypeAdapter(RuleSetFile),
        is_written_by_people=True,
    ),
    names.PROFILE_LINE: _Shape(
        "Profile",
        "One line of a profile import (JSON Lines).",
        TypeAdapter(ProfileLine),
        is_written_by_people=True,
    ),
}


def export(directory: Path) -> list[Path]:
    """Write every file below the directory, which is made if need be; returns their paths. Raises OSError."""
    written = []
    for name, text in documents():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def documents() -> Iterator[tuple[str, str]]:
    """Each file's path below the directory, and its text."""
    for name, shape in _SHAPES.items():
        yield f"{name}.json", json.dumps(_schema(name, shape), indent=2, ensure_ascii=False) + "\n"
    yield "asyncapi.yaml", yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)


class _WithoutFieldTitles(GenerateJsonSchema):
    """`userId` need not be told that its title is Userid."""

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:  # noqa: ARG002
        return False


def _schema(name: str, shape: _Shape) -> JsonObject:
    body = shape.type
    if isinstance(body, TypeAdapter):
        body = body.json_schema(schema_generator=_WithoutFieldTitles)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:clarion:{name}",
        "title": shape.title,
        "description": shape.description,
        "examples": [EXAMPLES[name]],
    }
    keywords = {key: value for key, value in body.items() if key not in {*head, "$defs"}}
    parts = {"$defs": body["$defs"]} if "$defs" in body else {}
    # Who reads what Clarion makes must bear a field added later: that is not a new version.
    is_closed = shape.is_written_by_people
    return head | _tidied(keywords | parts, is_closed=is_closed)


def _tidied(schema: JsonObject, *, is_closed: bool) -> JsonObject:
    def tidied(node: object) -> object:
        if isinstance(node, list):
            return [tidied(element) for element in node]
        return _tidied(node, is_closed=is_closed) if isinstance(node, dict) else node

    kept = {key: tidied(value) for key, value in schema.items()}
    if kept.get("default", ...) is None:
        del kept["default"]
    if kept.get("additionalProperties") is False and not is_closed:
        del kept["additionalProperties"]
    if "patternProperties" in kept:  # a name that no pattern fits is refused, which pydantic does not tell
        kept["additionalProperties"] = False
    return kept
