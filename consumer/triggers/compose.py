"""A trigger put together for somebody who has no file of it, and triggers checked before they are sent."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import orjson

from schemas.json import JsonObject
from schemas.trigger import Trigger, read_trigger


def compose_trigger(
    campaign_id: str,
    recipients: Iterable[tuple[str, str]],
    context: JsonObject,
    request_id: str | None = None,
    *,
    external: bool = False,
) -> bytes:
    """The record's value; recipients are pairs of namespace and userId. Without `request_id` one is made."""
    type_ = "external" if external else "aep"
    return orjson.dumps(
        {
            "requestId": request_id or str(uuid4()),
            "campaignId": campaign_id,
            "context": context,
            "recipients": [
                {"type": type_, "namespace": namespace.lower(), "userId": user_id}
                for namespace, user_id in recipients
            ],
        }
    )


def nested(pairs: Iterable[tuple[str, str]]) -> JsonObject:
    """An object from paths with their values: `order.id` is the member `id` of the object `order`.

    Raises ValueError, which names the path, when a path is empty in part or has a value already.
    """
    found: JsonObject = {}
    for path, value in pairs:
        *parents, name = path.split(".")
        if not all([*parents, name]):
            raise ValueError(f"{path!r} is no path")
        inner: Any = found
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{parent!r} has a value already")  # noqa: TRY004 - the text is wrong
        if name in inner:
            raise ValueError(f"{path!r} has a value already")
        inner[name] = value
    return found


def find_unreadable(values: Sequence[bytes]) -> tuple[int, str] | None:
    """The first that the consumer would reject as malformed or invalid: its number from 1, and why."""
    for number, value in enumerate(values, start=1):
        read = read_trigger(value)
        if not isinstance(read, Trigger):
            return number, read.detail
    return None
