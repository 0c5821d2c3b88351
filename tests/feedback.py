"""Feedback on an installation: deliveries, what services report of them, and the process that reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from consumer.feedback import FeedbackProcess
from schemas.channel import Channel
from schemas.ids import delivery_id, execution_id
from tests.installation import Installation, Json, eventually

BEGAN = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1)
"""Recent: what is older than the retention is removed."""


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def delivery(number: int = 1, **changes: Any) -> Json:
    """An e-mail for p<number>@example.com."""
    user = f"p{number}@example.com"
    execution = execution_id("welcome", f"r-{number}")
    return {
        "deliveryId": delivery_id(execution, "email", user, "email"),
        "executionId": execution,
        "requestId": f"r-{number}",
        "campaignId": "welcome",
        "campaignVersion": 1,
        "messageType": "transactional",
        "channel": "email",
        "configuration": "mail",
        "sender": {},
        "recipient": {"namespace": "email", "userId": user, "profileId": None},
        "address": user,
        "locale": "en",
        "content": {"subject": "Hello", "text": "Hello"},
        "createdAt": at(number),
        **changes,
    }


def event(of: Json, type_: str, seconds: float = 60, **changes: Any) -> Json:
    return {"deliveryId": of["deliveryId"], "type": type_, "at": at(seconds), **changes}


async def deliver(installation: Installation, *deliveries: Json) -> None:
    """Put them on their topics, as a consumer does."""
    sent = [
        await installation.producer.send(
            installation.topics.deliveries(Channel(each["channel"])),
            orjson.dumps(each),
            key=f"{each['recipient']['namespace']}:{each['recipient']['userId']}".encode(),
        )
        for each in deliveries
    ]
    await asyncio.gather(*sent)


async def report(installation: Installation, *events: Json | bytes) -> None:
    """Put them on the feedback topic, as a channel service does."""
    sent = [
        await installation.producer.send(
            installation.topics.feedback,
            orjson.dumps(each) if isinstance(each, dict) else each,
            key=each["deliveryId"].encode() if isinstance(each, dict) else b"?",
        )
        for each in events
    ]
    await asyncio.gather(*sent)


async def take_in(installation: Installation, *, rebuild: bool = False) -> None:
    """`clarion feedback --once`."""
    async with asyncio.timeout(60):
        await FeedbackProcess(installation.settings).run_once(asyncio.Event(), rebuild=rebuild)


@asynccontextmanager
async def taking_in(installation: Installation) -> AsyncIterator[FeedbackProcess]:
    """One at work in this process, or standing by."""
    made, stop = FeedbackProcess(installation.settings), asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        await eventually(lambda: made.port and not made.not_ready_because())
        yield made
    finally:
        stop.set()
        await running


async def rows(installation: Installation, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    async with installation.database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *arguments)]


async def suppressed(installation: Installation) -> set[tuple[str, str]]:
    """Addresses and reasons."""
    return {(a, r) for a, r in await rows(installation, "SELECT address, reason FROM suppressions")}


async def figures(installation: Installation) -> dict[str, int]:
    """Sums by metric, without latencies."""
    found = await rows(
        installation,
        "SELECT metric, sum(count)::bigint FROM report_feedback WHERE metric NOT LIKE '%To%' GROUP BY metric",
    )
    return dict(found)
