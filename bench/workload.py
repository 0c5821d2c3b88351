"""The triggers that everyone executes: the same for everyone, from a seed."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

import orjson

PEOPLE = 100_000
CAMPAIGN = "order-shipped"
CONFIGURATION = "bench-email"
SENDER = {"from": "Acme <no-reply@acme.example>"}
LETTER_EVERY = 100
"""One trigger in so many cannot be executed."""

SUBJECT = "Order {{ context.order.id }} is on its way, {{ profile.person.name.firstName }}"
HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>On its way</title></head>'
    '<body style="margin:0;background:#f4f5f7;color:#1c2430;font:16px/1.5 Arial,sans-serif">'
    '<main style="max-width:560px;margin:0 auto;padding:32px 24px;background:#ffffff">'
    "<h1>Hello {{ profile.person.name.firstName }}</h1>"
    "<p>Your order {{ context.order.id }} has left for {{ context.city }} with {{ context.carrier }}.</p>"
    '<p><a href="{{ context.trackUrl }}" style="padding:12px 24px;background:#0b5cad;color:#ffffff">'
    "Follow it on its way</a></p><p>If it was not you who ordered, answer this message.</p>"
    "</main></body></html>"
)

NAMES = ("Alice", "Bj\u00f6rn", "Chiara", "Dmitri", "Emeka", "Fatima", "Gr\u00e1inne", "Hiroshi")
CITIES = ("Gothenburg", "Porto Alegre", "Kyoto", "Marseille", "Nairobi")
CARRIERS = ("PostNord", "Budbee", "Swift & Sons")


class Audience(StrEnum):
    STORED = "stored"
    """Recipients whose profiles are in the database."""
    EXTERNAL = "external"
    """Recipients who bring their profile with them."""


class Flaw(StrEnum):
    """Why a trigger cannot be executed, by the reason that its dead letter must give."""

    UNKNOWN_CAMPAIGN = "unknown_campaign"
    INVALID = "invalid"
    MISSING_CONTEXT = "missing_context"


@dataclass(frozen=True, slots=True)
class Workload:
    triggers: int
    audience: Audience
    lane: str = "unitary"
    recipients: int = 1
    people: int = PEOPLE
    """Among whom the recipients are chosen."""
    seed: int = 7

    def first_recipients(self) -> "array[int]":
        """The first recipient of each trigger, by number."""
        random = Random(self.seed)  # noqa: S311 - repeatable, not secret
        return array("L", (random.randrange(self.people) for _ in range(self.triggers)))

    def recipients_of(self, person: int) -> list[int]:
        """All recipients of a trigger, by its first."""
        return [(person + step) % self.people for step in range(self.recipients)]

    def flaw(self, number: int) -> Flaw | None:
        turn, rest = divmod(number, LETTER_EVERY)
        return tuple(Flaw)[turn % len(Flaw)] if rest == LETTER_EVERY - 1 else None

    def records(self) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values."""
        for number, person in enumerate(self.first_recipients()):
            value = orjson.dumps(self._trigger(number, person))
            yield f"email:{user_id(person)}".encode(), value

    def _trigger(self, number: int, person: int) -> dict[str, Any]:
        flaw = self.flaw(number)
        return {
            "requestId": request_id(number),
            "campaignId": "order-lost" if flaw is Flaw.UNKNOWN_CAMPAIGN else CAMPAIGN,
            "recipients": [self._recipient(number, each, flaw) for each in self.recipients_of(person)],
        }

    def _recipient(self, number: int, person: int, flaw: Flaw | None) -> dict[str, Any]:
        address = user_id(person)
        recipient: dict[str, Any] = {
            "type": "external" if self.audience is Audience.EXTERNAL else "aep",
            "namespace": "email",
            "userId": person if flaw is Flaw.INVALID else address,
            "channelData": {"emailAddress": address},
            "context": {
                "order": {"id": f"A-{number:07d}"},
                "city": CITIES[number % len(CITIES)],
                "carrier": CARRIERS[number % len(CARRIERS)],
                "trackUrl": f"https://acme.example/track?order=A-{number:07d}&key={person * 2654435761:016x}",
            },
        }
        if flaw is Flaw.MISSING_CONTEXT:
            del recipient["context"]["city"]
        if self.audience is Audience.EXTERNAL:
            recipient["profile"] = {"person": {"name": {"firstName": NAMES[person % len(NAMES)]}}}
        return recipient


def request_id(number: int) -> str:
    return f"bench-{number:08d}"


def user_id(person: int) -> str:
    return f"person-{person:07d}@example.com"


def campaign(lane: str, name: str = CAMPAIGN) -> dict[str, Any]:
    """The campaign as its file would have it."""
    return {
        "id": name,
        "title": "Order shipped",
        "type": "transactional",
        "namespace": "email",
        "createProfiles": False,
        "lane": lane,
        "channels": {
            "email": {"configuration": CONFIGURATION, "content": {"en": {"subject": SUBJECT, "html": HTML}}}
        },
    }


CONFIGURATIONS = {CONFIGURATION: {"channel": "email", **SENDER}}
