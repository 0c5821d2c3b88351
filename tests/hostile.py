"""Trigger records that no one should send, each with the reason for which it must be rejected."""

import base64
import random
from dataclasses import dataclass, field
from typing import Final

import orjson

from tests.builders import Json, recipient, trigger

VALUE_BYTES_MAX: Final = 1_000_000

Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A record, and the reason of its dead letter."""

    value: bytes | None
    reason: str
    headers: Headers = field(default_factory=list)


def padded(call: Json, size: int, chance: random.Random) -> bytes:
    """The trigger with a member that nobody reads, which no codec makes small, of exactly this size."""
    bare = len(orjson.dumps({**call, "padding": ""}))
    text = base64.b85encode(chance.randbytes(size)).decode()
    return orjson.dumps({**call, "padding": text[: size - bare]})


def hostile(number: int, chance: random.Random) -> Hostile:
    """The kinds come in turn; one in 250 is large."""
    turn, kinds = (number // 250, _LARGE) if number % 250 == 0 else (number, _SMALL)
    return kinds[turn % len(kinds)](turn // len(kinds), chance)


def _bytes(_turn: int, chance: random.Random) -> Hostile:
    # The first byte keeps it from being JSON by chance.
    return Hostile(b"\xff" + chance.randbytes(chance.randrange(2_000)), "malformed")


def _text(turn: int, _chance: random.Random) -> Hostile:
    texts: list[bytes | None] = [
        *(None, b"", b"{", b"{}}", b"\xef\xbb\xbf{}", b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}'),
        *(b"[" * 100 + b"]" * 100, '{"a":1}'.encode("utf-16"), b"\x00" * 1_000, b'{"a":1,}'),
    ]
    return Hostile(texts[turn % len(texts)], "malformed")


def _shape(turn: int, _chance: random.Random) -> Hostile:
    shapes = [
        *(b"null", b"[]", b"1", b'"text"', b"{}", orjson.dumps(trigger(recipients=[]))),
        orjson.dumps(trigger(recipients="x")),
        orjson.dumps(trigger(requestId="")),
        orjson.dumps(trigger(requestId="a\u0000b")),
        orjson.dumps(trigger(*(recipient(f"{n}@b.c") for n in range(21)))),
        orjson.dumps(trigger(recipient(userId=7))),
        orjson.dumps(trigger(context={"nested": None}, recipients=[None])),
    ]
    return Hostile(shapes[turn % len(shapes)], "invalid")


def _refused(turn: int, _chance: random.Random) -> Hostile:
    refused = [
        (trigger(campaignId="nobody-knows"), "unknown_campaign"),
        (trigger(recipient("a@b.c"), recipient("a@b.c")), "duplicate_recipient"),
        (trigger(context={"system": {}}), "reserved_context"),
        (trigger(recipient(namespace="crm")), "namespace_mismatch"),
        (trigger(recipient("no address")), "invalid_address"),
        (trigger(context={}), "missing_context"),
        (trigger(context={"name": "a\r\nBcc: x@y.z"}), "render_failed"),
    ]
    call, reason = refused[turn % len(refused)]
    return Hostile(orjson.dumps(call), reason)


def _headers(_turn: int, chance: random.Random) -> Hostile:
    """No well-formed replay, and names that are no text to anybody."""
    headers: Headers = [
        ("clarion.attempt", b"-1"),
        ("clarion.origin.topic", chance.randbytes(20)),
        ("clarion.failures", b"["),
        ("", None),
        ("x" * 1_000, chance.randbytes(1_000)),
    ]
    return Hostile(orjson.dumps(trigger(campaignId="nobody-knows")), "unknown_campaign", headers)


def _too_large(_turn: int, chance: random.Random) -> Hostile:
    return Hostile(padded(trigger(), VALUE_BYTES_MAX + 1, chance), "trigger_too_large")


def _too_large_unpacked(_turn: int, _chance: random.Random) -> Hostile:
    return Hostile(orjson.dumps(trigger(padding="a" * 1_040_000)), "trigger_too_large")


def _at_the_limit(_turn: int, chance: random.Random) -> Hostile:
    return Hostile(padded(trigger(campaignId="nobody-knows"), VALUE_BYTES_MAX, chance), "unknown_campaign")


def _too_much_context(_turn: int, chance: random.Random) -> Hostile:
    text = base64.b64encode(chance.randbytes(200_000)).decode()
    return Hostile(orjson.dumps(trigger(context={"name": text})), "context_too_large")


_SMALL: Final = (_bytes, _text, _shape, _refused, _headers)
_LARGE: Final = (_too_large, _too_large_unpacked, _at_the_limit, _too_much_context)
