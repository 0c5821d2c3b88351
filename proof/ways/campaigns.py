"""The campaigns that triggers are drawn for: what rules ask for, and each end of a window."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from consumer.campaigns.state import CampaignState, Unexecutable
from consumer.rules.campaign import NotLive, build_campaign
from consumer.rules.rule_set import RuleSets, build_rule_set
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.rule_set import RuleSetFile

Json = dict[str, Any]

START: Final = datetime(2026, 6, 1, 10, 0, 0, 123_456, UTC)
"""When the first batch is decided."""

_CONFIGURATIONS: Final = {
    "mail": {"channel": "email", "from": "Acme <no-reply@acme.example>"},
    "text": {"channel": "sms", "from": "ACME"},
    "app": {"channel": "push", "appId": "com.acme.app", "platforms": ["apns", "fcm"]},
}
_HTML: Final = "<p>Hello {{ profile.person.name.firstName }}: {{ context.order.id }}, {{ context.name }}</p>"
_EMAIL: Final[Json] = {
    "configuration": "mail",
    "content": {
        "en": {"subject": "Hi {{ context.name }}", "html": "<p>{{ context.name }} {{ recipient.userId }}</p>"}
    },
}
_LOCALES: Final[Json] = {
    "configuration": "mail",
    "content": {
        "en": {
            "subject": "Order {{ context.order.id }}",
            "html": _HTML,
            "text": "{{ context.amount }} {{ context.order.x }}",
        },
        "sv": {"subject": "Hej", "html": "{{ context.name | default('du') }}"},
        "pt-BR": {"subject": "Oi", "text": "{% for each in context.list %}{{ each }},{% endfor %}"},
    },
}
_SMS: Final[Json] = {"configuration": "text", "content": {"en": {"text": "{{ context.name | upper }}"}}}
_PUSH: Final[Json] = {
    "configuration": "app",
    "content": {"en": {"title": "Hello", "body": "{{ context.name }}", "data": {"id": "{{ context.name }}"}}},
}
_ALL: Final = {"email": _EMAIL, "sms": _SMS, "push": _PUSH}
_SOON: Final = START + timedelta(minutes=2)

_CHANGES: Final[dict[str, Json]] = {
    "plain": {},
    "known-only": {"createProfiles": False},
    "locales": {"channels": {"email": _LOCALES}, "context": {"name": "Kim", "order": {"id": 7, "x": [1]}}},
    "marketing": {"type": "marketing", "channels": {"email": _EMAIL, "sms": _SMS}, "createProfiles": False},
    "all": {"channels": _ALL},
    "ending": {"end": _SOON.isoformat(), "maxAge": "1h"},
    "starting": {"start": _SOON.isoformat()},
    "ended": {"end": START.isoformat()},
    "ageing": {"maxAge": "10m"},
    "quiet": {"type": "marketing", "ruleSet": "nights", "createProfiles": False},
    "capped": {"type": "marketing", "ruleSet": "few", "createProfiles": False},
    "unruled": {"type": "marketing", "ruleSet": "gone", "createProfiles": False},
    "tried": {"experiment": {"name": "first", "holdout": 30}},
    "folded": {"namespace": "kakao", "createProfiles": False},
    "phone": {"namespace": "phone", "channels": {"sms": _SMS}, "createProfiles": False},
    "fast": {"lane": "high-throughput", "channels": {"email": _LOCALES}, "context": {"name": "Kim"}},
    "fast-all": {"lane": "high-throughput", "channels": _ALL, "maxAge": "10m"},
    "fast-marketing": {"lane": "high-throughput", "type": "marketing"},
}


def campaigns() -> dict[str, CampaignState | None]:
    """Each campaign's true state, by id."""
    live = {id_: _live(id_, number, changes) for number, (id_, changes) in enumerate(_CHANGES.items(), 1)}
    return {
        **live,
        "stopped": NotLive("stopped", 4),
        "broken": Unexecutable(2, "there is no channel configuration 'gone'"),
        "unknown": None,
    }


def rule_sets(*, count_everything: bool) -> RuleSets:
    """Those that the campaigns obey: quiet hours that begin or end while batches are decided, and a cap."""
    nights = [
        {"channels": ["email"], "from": "10:01", "to": "10:02", "then": "hold"},
        {"channels": ["email"], "from": "10:10", "to": "10:12", "then": "drop"},
    ]
    counts = "all" if count_everything else "marketing"
    few = [{"atMost": 1, "per": "day", "channels": ["email"], "counts": counts}]
    files: list[Json] = [
        {"id": "nights", "timezone": "UTC", "quietHours": nights},
        {"id": "few", "timezone": "UTC", "caps": few},
    ]
    return RuleSets([build_rule_set(RuleSetFile.model_validate(file)) for file in files])


def _live(id_: str, version: int, changes: Json) -> CampaignState:
    configurations = {
        name: ChannelConfiguration.model_validate(each) for name, each in _CONFIGURATIONS.items()
    }
    file = {
        "id": id_,
        "title": "Drawn",
        "type": "transactional",
        "namespace": "email",
        "createProfiles": True,
        "channels": {"email": _EMAIL},
        **changes,
    }
    return build_campaign(version, CampaignFile.model_validate(file), configurations)
