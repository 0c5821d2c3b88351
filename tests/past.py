"""A past to be projected: executions, dead letters and resolutions as the consumer and replays leave them."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaProducer

from schemas.ids import delivery_id, execution_id
from tests.installation import Installation, Json

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
REASONS = ("before_start", "missing_context", "unknown_profile", "invalid_address")


def at(seconds: float) -> str:
    moment = BEGAN + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def execution(number: int, **changes: object) -> Json:
    """Of request `r-<number>`: delivered, but each tenth is rejected and each seventh excluded."""
    campaign, request = f"c-{number % 3}", f"r-{number}"
    id_ = execution_id(campaign, request)
    outcome: Json = {"recipient": f"email:p{number}@example.com", "channel": "email"}
    if number % 10 == 0:
        outcome |= {"outcome": "rejection", "reason": REASONS[number // 10 % 4]}
    elif number % 7 == 0:
        outcome |= {"outcome": "exclusion", "reason": "no_consent"}
    else:
        delivery = delivery_id(id_, "email", f"p{number}@example.com", "email")
        outcome |= {"outcome": "delivery", "deliveryId": delivery}
    return {
        "executionId": id_,
        "requestId": request,
        "campaignId": campaign,
        "campaignVersion": 1,
        "attempt": 1,
        "source": {"topic": "triggers", "partition": 0, "offset": number},
        "triggeredAt": at(number / 10),
        "executedAt": at(number / 10 + 0.02),
        "outcomes": [outcome],
        **changes,
    }


def letter_headers(number: int, **changes: str) -> list[tuple[str, bytes]]:
    """Of the dead letter of execution `number`."""
    reason = REASONS[number // 10 % 4]
    headers = {
        "clarion.reason": reason,
        "clarion.detail": "Something is to be mended.",
        "clarion.origin.topic": "triggers",
        "clarion.origin.partition": "0",
        "clarion.origin.offset": str(number),
        "clarion.origin.timestamp": str(int(BEGAN.timestamp() * 1000) + number * 100),
        "clarion.campaign-id": f"c-{number % 3}",
        "clarion.request-id": f"r-{number}",
        "clarion.attempt": "1",
        "clarion.failed-at": at(number / 10 + 0.02),
        **{f"clarion.{name.replace('_', '-')}": value for name, value in changes.items()},
    }
    return [(name, value.encode()) for name, value in headers.items()]


def resolution(number: int, **changes: object) -> Json:
    return {
        "failedAt": at(number / 10 + 0.02),
        "action": "replay",
        "runId": "run-1",
        "operator": "olga",
        "at": at(1_000_000),
        **changes,
    }


@asynccontextmanager
async def producer(installation: Installation) -> AsyncIterator[AIOKafkaProducer]:
    """One that writes in transactions, as the consumer does."""
    servers = installation.settings.kafka_bootstrap_servers
    async with AIOKafkaProducer(bootstrap_servers=servers, transactional_id=f"past-{uuid4()}") as made:
        yield made


async def write_past(installation: Installation, numbers: Sequence[int], step: int = 200) -> None:
    """In transactions of `step` executions, with their letters. Those of c-0 are resolved; some abort."""
    chance = random.Random(4)  # noqa: S311 - repeatable
    async with producer(installation) as made:
        for first in range(0, len(numbers), step):
            chosen = numbers[first : first + step]
            if chance.random() < 0.2:
                await made.begin_transaction()
                await _write(installation, made, chosen)
                await made.abort_transaction()
            await made.begin_transaction()
            await _write(installation, made, chosen)
            await made.commit_transaction()


async def _write(installation: Installation, made: AIOKafkaProducer, numbers: Sequence[int]) -> None:
    topics, rejected = installation.topics, [number for number in numbers if number % 10 == 0]
    executions = [
        await made.send(topics.executions, orjson.dumps(execution(n)), key=str(n).encode()) for n in numbers
    ]
    letters = [
        await made.send(topics.dead_letters, b"{}" * (n % 5), key=f"p{n}".encode(), headers=letter_headers(n))
        for n in rejected
    ]
    await asyncio.gather(*executions)
    for number, sent in zip(rejected, letters, strict=True):
        place = await sent
        if number % 3 == 0:
            key = f"{place.partition}:{place.offset}".encode()
            await made.send_and_wait(topics.resolutions, orjson.dumps(resolution(number)), key=key)
