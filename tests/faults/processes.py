"""`clarion run` as processes of their own, to be killed, stopped and woken."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psutil  # type: ignore[import-untyped]  # it ships no types
from aiohttp import ClientError, ClientSession, ClientTimeout

from consumer.app import Engine
from embedded.ports import free_port
from tests.installation import Installation, eventually, metric

ANSWER = ClientTimeout(total=2)
# The shortest that Kafka allows, so that tests need not wait long for a dead process's partitions.
IMPATIENT: dict[str, Any] = {"session_timeout_ms": 6_000, "transaction_timeout_ms": 6_000}


class ClarionProcess:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._port = port

    async def answers(self) -> bool:
        return await readiness(self._port) is not None

    async def is_ready(self) -> bool:
        return await readiness(self._port) == 200

    async def metric(self, name: str) -> float:
        return await metric(self._port, name)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        return await self._process.wait()

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None


@asynccontextmanager
async def clarion_run(installation: Installation, **overrides: Any) -> AsyncIterator[ClarionProcess]:
    """A consumer that has joined its group and is ready; killed at the end if it still runs."""
    clarion = await _started(installation, overrides)
    try:
        await eventually(clarion.is_ready)
        yield clarion
    finally:
        if clarion.is_running:
            clarion.kill()
        await clarion.ended()


async def _started(installation: Installation, overrides: Mapping[str, Any]) -> ClarionProcess:
    for _ in range(5):
        port = free_port()
        process = await installation.process(**{**IMPATIENT, "http_port": port, **overrides})
        clarion = ClarionProcess(process, port)
        await eventually(lambda: is_serving(clarion))  # noqa: B023
        if clarion.is_running:
            return clarion
        # Somebody else has taken the port in the meantime.
    raise AssertionError("`clarion run` ends at once")


async def is_serving(clarion: ClarionProcess) -> bool:
    return not clarion.is_running or await clarion.answers()


async def readiness(port: int) -> int | None:
    """The status of /readyz; None without an answer."""
    try:
        async with ClientSession(timeout=ANSWER) as session:
            response = await session.get(f"http://127.0.0.1:{port}/readyz")
            return response.status
    except (ClientError, TimeoutError):
        return None


async def owns_partitions(process: ClarionProcess) -> bool:
    return await process.metric("clarion_assigned_partitions") > 0


async def owns_all(process: ClarionProcess, installation: Installation) -> bool:
    owned = await process.metric("clarion_assigned_partitions")
    return owned == installation.settings.topic_partitions


async def is_ready(engine: Engine) -> bool:
    return engine.port is not None and await readiness(engine.port) == 200


async def is_unready(engine: Engine) -> bool:
    return engine.port is not None and await readiness(engine.port) == 503


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Keep a server and its children from running for a while: it holds its connections, and is silent."""
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()
