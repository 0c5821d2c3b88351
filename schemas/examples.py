"""One example of everything that is exported, in the order of its trip; ids are the real ones."""

from typing import Final

from schemas import dead_letter as letter
from schemas import names
from schemas.channel import Channel
from schemas.ids import delivery_id, execution_id
from schemas.json import JsonObject

_AT = "2026-06-01T10:00:00.000Z"
_RESET = execution_id("password-reset", "r-1")
_CODE = execution_id("one-time-code", "r-2")
_DELAY = execution_id("flight-delay", "r-3")

TRIGGER: Final[JsonObject] = {
    "requestId": "r-1",
    "campaignId": "password-reset",
    "context": {"brand": "Acme"},
    "recipients": [
        {
            "type": "aep",
            "namespace": "email",
            "userId": "alice@example.com",
            "channelData": {"emailAddress": "alice@example.com"},
            "context": {"resetUrl": "https://acme.example/reset/8c1f"},
            "profile": {"person": {"name": {"firstName": "Alice"}}},
        }
    ],
}

EMAIL: Final[JsonObject] = {
    "deliveryId": delivery_id(_RESET, "email", "alice@example.com", "email"),
    "executionId": _RESET,
    "requestId": "r-1",
    "campaignId": "password-reset",
    "campaignVersion": 3,
    "messageType": "transactional",
    "channel": "email",
    "configuration": "acme-transactional",
    "sender": {"from": "Acme <no-reply@acme.example>", "replyTo": "support@acme.example"},
    "recipient": {
        "namespace": "email",
        "userId": "alice@example.com",
        "profileId": "0b7e2e0c-6d3a-4a53-9d0e-0a4f5b3c2d11",
    },
    "address": "alice@example.com",
    "locale": "en",
    "content": {
        "subject": "Choose a new Acme password",
        "html": '<p>Hello Alice, <a href="https://acme.example/reset/8c1f">choose a new password</a>.</p>',
        "text": "Hello Alice, choose a new password: https://acme.example/reset/8c1f",
    },
    "createdAt": _AT,
}

SMS: Final[JsonObject] = EMAIL | {
    "deliveryId": delivery_id(_CODE, "phone", "+12025550142", "sms"),
    "executionId": _CODE,
    "requestId": "r-2",
    "campaignId": "one-time-code",
    "channel": "sms",
    "configuration": "acme-sms",
    "sender": {"from": "ACME"},
    "recipient": {"namespace": "phone", "userId": "+12025550142", "profileId": None},
    "address": "+12025550142",
    "content": {"text": "493817 is your Acme code."},
}

PUSH: Final[JsonObject] = EMAIL | {
    "deliveryId": delivery_id(_DELAY, "crm", "C-1001", "push"),
    "executionId": _DELAY,
    "requestId": "r-3",
    "campaignId": "flight-delay",
    "channel": "push",
    "configuration": "acme-push",
    "sender": {"appId": "com.acme.app"},
    "recipient": {
        "namespace": "crm",
        "userId": "C-1001",
        "profileId": "0b7e2e0c-6d3a-4a53-9d0e-0a4f5b3c2d11",
    },
    "address": {"token": "4f1c9a70-sample-token", "platform": "apns", "appId": "com.acme.app"},
    "content": {
        "title": "AC123 now leaves at 14:35",
        "body": "Stockholm to Lisbon, gate B7.",
        "data": {"link": "acme://flights/AC123"},
    },
}

EXECUTION: Final[JsonObject] = {
    "executionId": _RESET,
    "requestId": "r-1",
    "campaignId": "password-reset",
    "campaignVersion": 3,
    "attempt": 1,
    "source": {"topic": "clarion.triggers", "partition": 4, "offset": 1027},
    "triggeredAt": "2026-06-01T09:59:59.987Z",
    "executedAt": _AT,
    "outcomes": [
        {
            "recipient": "email:alice@example.com",
            "channel": "email",
            "outcome": "delivery",
            "deliveryId": EMAIL["deliveryId"],
        }
    ],
}

PROFILE_CREATED: Final[JsonObject] = {
    "profileId": "0b7e2e0c-6d3a-4a53-9d0e-0a4f5b3c2d11",
    "namespace": "email",
    "userId": "alice@example.com",
    "dataset": "interactive-messaging",
    "campaignId": "password-reset",
    "requestId": "r-1",
    "createdAt": _AT,
}

DEAD_LETTER_HEADERS: Final[JsonObject] = {
    letter.REASON: "before_start",
    letter.DETAIL: "The campaign store-opening begins at 2040-01-01T00:00:00+01:00.",
    letter.ORIGIN_TOPIC: "clarion.triggers",
    letter.ORIGIN_PARTITION: "4",
    letter.ORIGIN_OFFSET: "1028",
    letter.ORIGIN_TIMESTAMP: "1780308000000",
    letter.CAMPAIGN_ID: "store-opening",
    letter.CAMPAIGN_VERSION: "1",
    letter.REQUEST_ID: "r-4",
    letter.ATTEMPT: "1",
    letter.FAILED_AT: _AT,
}

DEAD_LETTER_FAILURES: Final[list[JsonObject]] = [
    {
        "recipient": "crm:C-1006",
        "channel": "push",
        "reason": "missing_address",
        "detail": "crm:C-1006 has no push token, neither in channelData nor in the profile.",
    }
]

RESOLUTION: Final[JsonObject] = {
    "failedAt": _AT,
    "action": "discard",
    "runId": "8a4c1f0e-2f63-4a8c-9f5e-61c8f0a3b7d2",
    "operator": "dana",
    "at": "2026-06-02T08:30:00.000Z",
    "note": "Sent by mistake.",
}

FEEDBACK: Final[JsonObject] = {
    "deliveryId": EMAIL["deliveryId"],
    "type": "bounced",
    "at": "2026-06-01T10:00:02.417Z",
    "bounce": "hard",
    "code": "5.1.1",
    "detail": "550 5.1.1 no such user",
    "category": "no-such-user",
    "source": "mta-1",
}

FEEDBACK_INVALID_HEADERS: Final[JsonObject] = {
    letter.REASON: "invalid",
    letter.DETAIL: "at: Field required.",
    letter.ORIGIN_TOPIC: "clarion.feedback",
    letter.ORIGIN_PARTITION: "7",
    letter.ORIGIN_OFFSET: "90211",
    letter.ORIGIN_TIMESTAMP: "1780308002500",
    letter.FAILED_AT: "2026-06-01T10:00:02.611Z",
}

CAMPAIGN: Final[JsonObject] = {
    "id": "one-time-code",
    "title": "One-time code",
    "type": "transactional",
    "namespace": "phone",
    "createProfiles": True,
    "maxAge": "5m",
    "context": {"brand": "Acme"},
    "channels": {
        "sms": {
            "configuration": "acme-sms",
            "content": {"en": {"text": "{{ context.code }} is your {{ context.brand }} code."}},
        }
    },
}

RULE_SET: Final[JsonObject] = {
    "id": "gentle",
    "timezone": "Europe/Stockholm",
    "quietHours": [{"channels": ["sms", "push"], "from": "21:00", "to": "08:00", "then": "hold"}],
    "caps": [{"channels": ["email"], "atMost": 2, "per": "week"}],
}

CHANNEL_CONFIGURATIONS: Final[JsonObject] = {"acme-sms": {"channel": "sms", "from": "ACME"}}

PROFILE_LINE: Final[JsonObject] = {
    "identities": [{"namespace": "email", "id": "alice@example.com"}],
    "attributes": {"person": {"name": {"firstName": "Alice"}}, "preferredLanguage": "sv"},
    "consents": {"marketing": {"email": {"val": "y"}}},
}

EXAMPLES: Final[dict[str, object]] = {
    names.TRIGGER: TRIGGER,
    names.DELIVERY[Channel.EMAIL]: EMAIL,
    names.DELIVERY[Channel.SMS]: SMS,
    names.DELIVERY[Channel.PUSH]: PUSH,
    names.EXECUTION: EXECUTION,
    names.PROFILE_CREATED: PROFILE_CREATED,
    names.DEAD_LETTER_HEADERS: DEAD_LETTER_HEADERS,
    names.DEAD_LETTER_FAILURES: DEAD_LETTER_FAILURES,
    names.DEAD_LETTER_RESOLUTION: RESOLUTION,
    names.FEEDBACK: FEEDBACK,
    names.FEEDBACK_INVALID_HEADERS: FEEDBACK_INVALID_HEADERS,
    names.CAMPAIGN: CAMPAIGN,
    names.CHANNEL_CONFIGURATIONS: CHANNEL_CONFIGURATIONS,
    names.RULE_SET: RULE_SET,
    names.PROFILE_LINE: PROFILE_LINE,
}
