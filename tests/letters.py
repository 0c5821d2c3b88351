"""Dead letters with good defaults, as the consumer would have written them."""

from collections.abc import Sequence
from typing import Any

import orjson

from consumer.kafka.cluster import Cluster
from consumer.kafka.record import Record
from tests.builders import Json, record
from tests.installation import Installation, eventually

FAILED_AT = "2026-06-01T00:00:00.000Z"
TOPIC = "clarion.dead-letters"


def letter_headers(failures: Sequence[Json] | None = None, **changes: str | None) -> list[tuple[str, bytes]]:
    """Of a `before_start` letter; `origin_topic=...` changes `clarion.origin.topic`, None leaves it out."""
    told = {
        "reason": "before_start",
        "detail": "Campaign 'welcome' starts later.",
        "failures": None if failures is None else orjson.dumps(failures).decode(),
        "origin_topic": "clarion.triggers",
        "origin_partition": "1",
        "origin_offset": "7",
        "origin_timestamp": "1770000000000",
        "campaign-id": "welcome",
        "campaign-version": "1",
        "request-id": "r-1",
        "attempt": "1",
        "failed-at": FAILED_AT,
        **{
            name.replace("_id", "-id").replace("failed_at", "failed-at"): value
            for name, value in changes.items()
        },
    }
    return [
        (f"clarion.{name.replace('_', '.')}", value.encode())
        for name, value in told.items()
        if value is not None
    ]


def letter_record(
    value: Json | bytes | None = b"{}",
    *,
    at: tuple[int, int] = (2, 5),
    failures: Sequence[Json] | None = None,
    own: Sequence[tuple[str, bytes]] = (),
    fields: Json | None = None,
    **changes: str | None,
) -> Record:
    """A record of the dead-letter topic; `own` are the original's headers."""
    known: dict[str, Any] = {"topic": TOPIC, "partition": at[0], "offset": at[1]}
    headers = (*own, *letter_headers(failures, **changes))
    return record(value, **known | {"headers": headers} | (fields or {}))


async def settled(installation: Installation, topic: str) -> list[Record]:
    """All records of the topic, once no transaction is open: a commit is answered before it can be read."""
    cluster = Cluster.of(installation.settings)

    async def is_settled() -> bool:
        return await cluster.spans(topic) == await cluster.spans(topic, with_open_transactions=True)

    await eventually(is_settled)
    return await installation.read(topic)
