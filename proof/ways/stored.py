"""What is stored before the first batch."""

from typing import Final

from consumer.store.work import StoredProfile
from proof.ways.draw import Draw
from proof.ways.odd import PEOPLE
from schemas.json import JsonObject

_PEOPLE: Final = [*PEOPLE, "+4670123456", *[f"{number}@example.com" for number in range(20)]]
_ATTRIBUTES: Final[list[JsonObject]] = [
    {},
    {"person": {"name": {"firstName": "Dora"}}},
    {"person": {"name": {"firstName": "Dora"}, "x": 1}, "mobilePhone": {"number": "+46701234567"}},
    {"preferredLanguage": "sv-SE", "personalEmail": {"address": "dora@example.com"}},
    {"mobilePhone": {"number": "+46701234567"}, "pushNotificationDetails": [{"token": "p"}]},
    {"mobilePhone": 5, "person": "x", "preferredLanguage": 5},
]
_CONSENTS: Final[list[JsonObject]] = [
    {},
    {"marketing": {"email": {"val": "y"}, "sms": {"val": "y"}}},
    {"marketing": {"email": {"val": "n"}}},
]
_KEYS: Final = [
    ("email", "stop@example.com"),
    ("email", "@stop.example"),
    ("email", PEOPLE[0]),
    ("sms", "+46701234567"),
    ("push", "s"),
]


def draw_profiles(draw: Draw) -> dict[tuple[str, str], StoredProfile]:
    """Most people have one."""
    found = {}
    for number, person in enumerate(_PEOPLE):
        namespace = "phone" if person.startswith("+") else draw.one("email", "email", "email", "kakao")
        if draw.maybe(0.9):
            id_ = f"00000000-0000-4000-8000-{number:012d}"
            profile = StoredProfile(id_, draw.one(*_ATTRIBUTES), draw.one(*_CONSENTS), None)
            found[namespace, person] = profile
    return found


def draw_suppressions(draw: Draw) -> dict[tuple[str, str], set[str]]:
    return {key: {draw.one("bounce", "complaint", "unsubscribe")} for key in _KEYS if draw.maybe(0.5)}
