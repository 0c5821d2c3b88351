"""A gateway killed in the middle of many calls: what it accepted is executed once, the rest is repeatable."""

import asyncio
import signal
from collections import Counter
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from embedded.ports import free_port
from tests.builders import campaign, recipient, trigger
from tests.commands import start
from tests.faults.processes import clarion_run
from tests.gateways import HEALTH, UNITARY
from tests.installation import Installation, Json, eventually

COUNT, AT_ONCE = 2_000, 32


class Caller:
    """Sends each call once a round, and notes which were accepted."""

    def __init__(self, calls: list[Json]) -> None:
        self._waiting = list(reversed(calls))
        self.accepted: set[str] = set()
        self.unanswered: list[Json] = []

    async def call_all(self, port: int) -> None:
        async with ClientSession(timeout=ClientTimeout(total=60)) as session, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._call(session, port))

    async def _call(self, session: ClientSession, port: int) -> None:
        while self._waiting:
            call = self._waiting.pop()
            try:
                async with session.post(f"http://127.0.0.1:{port}{UNITARY}", json=call) as response:
                    answer: Any = orjson.loads(await response.read())
            except (ClientError, OSError):
                self.unanswered.append(call)
                continue
            assert response.status == 202, answer
            self.accepted.add(answer["executionId"])


async def test_what_was_accepted_is_executed_once_and_the_rest_can_be_repeated(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    calls = [trigger(recipient(f"person-{n}@example.com"), requestId=f"r-{n}") for n in range(COUNT)]
    port = free_port()
    first = await started(installation, port)
    caller = Caller(calls)
    calling = asyncio.create_task(caller.call_all(port))
    await eventually(lambda: len(caller.accepted) > COUNT // 10)
    first.send_signal(signal.SIGKILL)
    await asyncio.gather(first.wait(), calling)
    assert caller.unanswered, "killed too late to tell anything"

    second = await started(installation, port)
    again = Caller(caller.unanswered)
    await again.call_all(port)
    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0
    assert again.unanswered == []
    assert len(caller.accepted | again.accepted) == COUNT

    written = await installation.read(installation.topics.triggers("unitary"))
    async with clarion_run(installation):
        executions = await installation.executions(len(written))
    delivered = Counter(delivery["requestId"] for delivery in await installation.deliveries())
    assert delivered == Counter(call["requestId"] for call in calls)
    assert {execution["executionId"] for execution in executions} == caller.accepted | again.accepted


async def started(installation: Installation, port: int) -> asyncio.subprocess.Process:
    process = await start(installation, "serve", "--port", str(port), log_level="ERROR")

    async def accepts() -> bool:
        assert process.returncode is None, await process.communicate()
        try:
            async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}{HEALTH}") as answer:
                return answer.status == 200
        except (ClientError, OSError):
            return False

    await eventually(accepts)
    return process
