"""Campaigns and triggers with good defaults; a test says only what it is about."""

from typing import Any
from uuid import uuid4

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
