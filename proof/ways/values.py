"""Trigger values drawn at the border of what rules 1, 2 and 8 take."""

import json
from contextlib import suppress
from random import Random
from typing import Any, Final

import orjson

from proof.ways.draw import Draw
from proof.ways.odd import (
    DAMAGES,
    EMAILS,
    LOCALES,
    NAMES,
    NAMESPACES,
    NUMBERS,
    PEOPLE,
    PHONES,
    PUSHES,
    RAW,
    TEXTS,
)

Json = dict[str, Any]

_USUAL: Final = {"phone": "phone", "folded": "kakao"}
"""Campaigns' namespaces that are not `email`."""


def value(random: Random, campaign: str, request: str) -> bytes | None:
    """A trigger's value, most often of the common shape."""
    draw = Draw(random, random.choice([0.0, 0.0, 0.0, 0.5, 2.0]))
    if draw.odd(0.04):
        return draw.one(*RAW)  # type: ignore[no-any-return]
    written = _written(draw, _trigger(draw, campaign, request))
    return _damaged(draw, written) if draw.odd(0.1) else written


def _trigger(draw: Draw, campaign: str, request: str) -> Json:
    count = draw.or_odd(draw.one(1, 1, 1, 1, 2, 3, 20), 0.05, [0, 21])
    document: Json = {
        "requestId": draw.or_odd(request, 0.05, TEXTS),
        "campaignId": draw.or_odd(campaign, 0.02, ["", "a b", "a" * 65, 5, None, ["plain"]]),
        "recipients": [_recipient(draw, campaign, number) for number in range(count)],
    }
    if draw.maybe(0.4):
        document["context"] = _context(draw)
    if draw.odd(0.05):
        document[draw.one("extra", "mergePolicyName", "recipients")] = draw.one(1, None, {}, "x")
    return document


def _recipient(draw: Draw, campaign: str, number: int) -> Any:  # noqa: ANN401 - JSON
    if draw.odd(0.02):
        return draw.one(None, 5, "x", [], {})
    is_fast = campaign.startswith("fast")
    kind = draw.or_odd("external" if is_fast or draw.maybe(0.2) else "aep", 0.1, ["aep", "external"])
    person = draw.one(*PEOPLE) if number == 0 or draw.odd(0.3) else f"{number}@example.com"
    found: Json = {
        "namespace": draw.or_odd(_USUAL.get(campaign, "email"), 0.1, NAMESPACES),
        "userId": draw.or_odd("+4670123456" if campaign == "phone" else person, 0.1, TEXTS),
    }
    if kind == "external" or draw.maybe(0.5):
        found["type"] = draw.or_odd(kind, 0.05, ["AEP", None, 5, ["external"]])
    if draw.maybe(0.9):
        found["context"] = _context(draw)
    if draw.maybe(0.5) or "all" in campaign:
        found["channelData"] = _channel_data(draw, 0.9 if "all" in campaign else 0.3)
    if draw.maybe(0.8):
        found["profile"] = _profile(draw)
    if draw.maybe(0.1):
        found["locale"] = draw.or_odd(draw.one("sv", "pt-BR", "en"), 0.5, LOCALES)
    if draw.odd(0.1):
        found["attachments"] = draw.one([], [{"name": "a"}], [{"name": "a\nb"}], None, [5], {})
    if draw.odd(0.1):
        found["extra"] = draw.one(1, None, {"a": None})
    return found


def _context(draw: Draw) -> Any:  # noqa: ANN401 - JSON
    if draw.odd(0.05):
        return draw.one(None, 5, "x", [], [["a", 1]], {}, {"system": {}}, {"system": None})
    found: Json = {"name": draw.or_odd(draw.one("Alice", "Bj\u00f6rn", "A & B"), 0.2, NAMES)}
    if not draw.odd(0.2):
        found["order"] = draw.or_odd(
            {"id": draw.or_odd("A-1", 0.2, NUMBERS)},
            0.2,
            [{"id": None}, {"x": 1}, 5, {}, {"x": {"y": None}}],
        )
    if not draw.odd(0.2):
        found["amount"] = draw.or_odd(19.9, 0.3, [*NUMBERS, "5", {}, [1, None], None])
        found["list"] = draw.or_odd([1, "x"], 0.3, [[], [1, None, "x"], "abc", {"a": 1}])
    if draw.odd(0.06):
        found["deep"] = _deep(draw.one(58, 60, 61, 62, 63, 70), draw.one([], {}, 1))
    if draw.odd(0.03):
        found["long"] = "x" * draw.one(1_000, 33_000, 34_000, 199_900, 200_000)
    return found


def _deep(levels: int, inner: Any) -> Any:  # noqa: ANN401 - JSON
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


def _channel_data(draw: Draw, all_of_it: float) -> Any:  # noqa: ANN401 - JSON
    if draw.odd(0.05):
        return draw.one(None, 5, [], {}, {"extra": 1})
    found: Json = {"emailAddress": draw.or_odd(draw.one(*PEOPLE), 0.3, EMAILS)}
    if draw.maybe(all_of_it):
        found["mobilePhoneNumber"] = draw.or_odd("+46 70 123 45 67", 0.4, PHONES)
        found["pushInfo"] = draw.or_odd({"token": "t", "platform": "apns"}, 0.4, PUSHES)
    return found


def _profile(draw: Draw) -> Any:  # noqa: ANN401 - JSON
    if draw.odd(0.05):
        return draw.one(None, 5, "x", [], [["a", 1]], {})
    found: Json = {"person": {"name": {"firstName": draw.or_odd("Alice", 0.2, [None, "<i>", 5])}}}
    if draw.maybe(0.1):
        found["preferredLanguage"] = draw.or_odd("sv-SE", 0.3, LOCALES)
    if draw.odd(0.2):
        found["person"]["personalEmail"] = {"address": draw.one(*EMAILS)}
    if draw.odd(0.2):
        found["mobilePhone"] = {"number": draw.one(*PHONES)}
    if draw.odd(0.2):
        found["pushNotificationDetails"] = [draw.one(*PUSHES), draw.one(*PUSHES)]
    return found


def _written(draw: Draw, document: Json) -> bytes:
    if draw.maybe(0.7):
        with suppress(TypeError):  # an integer beyond 64 bits
            return orjson.dumps(document)
    separators = draw.one((",", ":"), (", ", ": "))
    return json.dumps(document, ensure_ascii=draw.maybe(0.5), separators=separators).encode()


def _damaged(draw: Draw, written: bytes) -> bytes:
    old, new = draw.one(*DAMAGES)
    return written.replace(old, new, 1)
