"""Campaigns and triggers with good defaults; a test says only what it is about."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
from aiokafka.structs import ConsumerRecord

from consumer.kafka.record import Record
from consumer.rules.campaign import Campaign, build_campaign
from schemas.campaign import CampaignFile, ChannelConfiguration

Json = dict[str, Any]

CHANNELS: dict[str, Json] = {
    "mail": {"channel": "email", "from": "Acme <no-reply@acme.example>"},
    "text": {"channel": "sms", "from": "ACME"},
    "app": {"channel": "push", "appId": "com.acme.app"},
}

EMAIL: Json = {
    "configuration": "mail",
    "content": {"en": {"subject": "Hello {{ context.name }}", "html": "<p>Hello {{ context.name }}</p>"}},
}
SMS: Json = {"configuration": "text", "content": {"en": {"text": "Hello {{ context.name }}"}}}
PUSH: Json = {
    "configuration": "app",
    "content": {"en": {"title": "Hello", "body": "{{ context.name }}", "data": {"id": "{{ context.name }}"}}},
}


def campaign(**changes: Any) -> Json:
    """A transactional e-mail campaign that creates profiles."""
    return {
        "id": "welcome",
        "title": "Welcome",
        "type": "transactional",
        "namespace": "email",
        "createProfiles": True,
        "channels": {"email": EMAIL},
        **changes,
    }


def recipient(user_id: str = "alice@example.com", **changes: Any) -> Json:
    return {"namespace": "email", "userId": user_id, **changes}


def trigger(*recipients: Json, **changes: Any) -> Json:
    """A trigger of the campaign `welcome` with a requestId of its own."""
    return {
        "requestId": f"r-{uuid4()}",
        "campaignId": "welcome",
        "context": {"name": "Alice"},
        "recipients": list(recipients) or [recipient()],
        **changes,
    }


def live(version: int = 1, **changes: Any) -> Campaign:
    """That campaign as the rules see it, once it is live."""
    configurations = {name: ChannelConfiguration.model_validate(each) for name, each in CHANNELS.items()}
    return build_campaign(version, CampaignFile.model_validate(campaign(**changes)), configurations)


def record(value: Json | bytes | None, **fields: Any) -> Record:
    """A trigger record as the consumer fetches it."""
    written = orjson.dumps(value) if isinstance(value, dict) else value
    known: Json = {
        "topic": "clarion.triggers",
        "partition": 0,
        "offset": 0,
        "timestamp": 1_780_000_000_000,
        "timestamp_type": 1,
        "key": b"key",
        "checksum": None,
        "serialized_key_size": 3,
        "serialized_value_size": len(written or b""),
        "headers": (),
    }
    return ConsumerRecord(value=written, **known | fields)


def replayed(only: Sequence[Json] | None = None, **changes: str) -> list[tuple[str, bytes]]:
    """The headers of a replay of `record`, executed before at offset 7; `only` are its failures."""
    headers = {
        "clarion.origin.topic": "clarion.triggers",
        "clarion.origin.partition": "0",
        "clarion.origin.offset": "7",
        "clarion.origin.timestamp": "1770000000000",
        "clarion.attempt": "1",
        **({} if only is None else {"clarion.failures": orjson.dumps(only).decode()}),
        **{f"clarion.{name.replace('_', '.')}": value for name, value in changes.items()},
    }
    return [(name, value.encode()) for name, value in headers.items()]


def failure(recipient: str = "email:alice@example.com", channel: str | None = "email") -> Json:
    """One element of `clarion.failures`."""
    return {
        "recipient": recipient,
        "channel": channel,
        "reason": "missing_address",
        "detail": "None is known.",
    }
