"""The work on one trigger, as a careful Python programmer would write it: the same for all Python peers.

Read and validate, find the campaign, render subject and body, make the deterministic ids, encode. What cannot
be executed becomes a dead letter with its reason. No profiles, no claims, no consents: no peer has those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID, uuid5

import orjson
from jinja2 import Environment, StrictUndefined, UndefinedError
from pydantic import StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from bench.workload import CAMPAIGN, CONFIGURATION, HTML, SENDER, SUBJECT, Flaw

CLARION_NAMESPACE = UUID("30b58e1b-f26c-59e3-bc81-cdb9ef965e93")
HEADERS = [("content-type", "application/json"), ("clarion.schema", "delivery.email/1")]

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Recipient(TypedDict):
    type: NotRequired[Literal["aep", "external"]]
    namespace: Name
    userId: Id
    channelData: dict[str, Any]
    context: NotRequired[dict[str, Any]]
    profile: NotRequired[dict[str, Any]]


class Trigger(TypedDict):
    requestId: Id
    campaignId: Name
    recipients: list[Recipient]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a trigger was read."""

    topic: str
    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Output:
    topic: str
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, str]]


_trigger = TypeAdapter(Trigger)
_plain = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - subjects are no HTML
_html = Environment(undefined=StrictUndefined, autoescape=True)
CAMPAIGNS = {CAMPAIGN: (_plain.from_string(SUBJECT), _html.from_string(HTML))}


class Work:
    """For one installation's topics."""

    def __init__(self, prefix: str) -> None:
        self._deliveries = f"{prefix}deliveries.email"
        self._dead_letters = f"{prefix}dead-letters"
        self.topics = (self._deliveries, self._dead_letters)

    def outputs(self, key: bytes | None, value: bytes, source: Source) -> list[Output]:
        """The deliveries of a trigger, or its dead letter."""
        try:
            trigger = _trigger.validate_json(value)
        except ValidationError as error:
            return [self._letter(key, value, source, Flaw.INVALID, str(error))]
        if trigger["campaignId"] not in CAMPAIGNS:
            detail = f"There is no campaign {trigger['campaignId']}."
            return [self._letter(key, value, source, Flaw.UNKNOWN_CAMPAIGN, detail)]
        try:
            return [self._delivery(trigger, recipient) for recipient in trigger["recipients"]]
        except UndefinedError as error:
            return [self._letter(key, value, source, Flaw.MISSING_CONTEXT, str(error))]

    def _delivery(self, trigger: Trigger, recipient: Recipient) -> Output:
        subject, html = CAMPAIGNS[trigger["campaignId"]]
        given = {
            "context": recipient.get("context", {}),
            "profile": recipient.get("profile", {}),
            "recipient": recipient,
        }
        name = f"{recipient['namespace']}:{recipient['userId']}"
        execution = uuid5(CLARION_NAMESPACE, f"{trigger['campaignId']}/{trigger['requestId']}")
        value = {
            "deliveryId": str(uuid5(execution, f"{name}/email")),
            "executionId": str(execution),
            "requestId": trigger["requestId"],
            "campaignId": trigger["campaignId"],
            "campaignVersion": 1,
            "messageType": "transactional",
            "channel": "email",
            "configuration": CONFIGURATION,
            "sender": SENDER,
            "recipient": {
                "namespace": recipient["namespace"],
                "userId": recipient["userId"],
                "profileId": None,
            },
            "address": recipient["channelData"]["emailAddress"],
            "locale": "en",
            "content": {"subject": subject.render(given), "html": html.render(given)},
            "createdAt": now(),
        }
        return Output(self._deliveries, name.encode(), orjson.dumps(value), HEADERS)

    def _letter(self, key: bytes | None, value: bytes, source: Source, reason: str, detail: str) -> Output:
        headers = [
            ("clarion.reason", reason),
            ("clarion.detail", detail[:1000]),
            ("clarion.origin.topic", source.topic),
            ("clarion.origin.partition", str(source.partition)),
            ("clarion.origin.offset", str(source.offset)),
            ("clarion.origin.timestamp", str(source.timestamp)),
            ("clarion.attempt", "1"),
            ("clarion.failed-at", now()),
        ]
        return Output(self._dead_letters, key, value, headers)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
