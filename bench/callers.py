"""Clients that call one path over connections that are kept open, as lean as Python allows."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import quantiles
from time import perf_counter
from typing import Final

PATH: Final = "/ajo/im/executions/unitary"
ANSWER_SECONDS: Final = 30.0


@dataclass(slots=True)
class Answers:
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    """From the time a call was due to its answer."""
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        """Accepted calls per second."""
        return self.statuses[202] / self.lasted

    def percentile_ms(self, percent: int) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1_000


def requests(bodies: Sequence[bytes], authorization: str) -> list[bytes]:
    """Whole requests, as they go over the connection."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {authorization}\r\n"
        "content-type: application/json\r\ncontent-length: {}\r\n\r\n"
    )
    return [head.format(len(body)).encode() + body for body in bodies]


async def call_steadily(port: int, calls: Sequence[bytes], connections: int, seconds: float) -> Answers:
    """Each connection sends its next call as soon as it has an answer: the highest rate."""
    callers = await Callers.connect(port, calls, connections)
    callers.ends_at = perf_counter() + seconds
    for connection in list(callers.idle):
        callers.send(connection)
    return await callers.finish()


async def call_at_rate(
    port: int, calls: Sequence[bytes], connections: int, rate: float, seconds: float
) -> Answers:
    """Calls are due evenly. One that finds no free connection waits, and its wait counts."""
    callers = await Callers.connect(port, calls, connections)
    began = perf_counter()
    for number in range(int(rate * seconds)):
        at = began + number / rate
        if (wait := at - perf_counter()) > 0:
            await asyncio.sleep(wait)
        callers.due.append(at)
        callers.send_due()
    return await callers.finish()


class Callers:
    """Some connections and what came back over them."""

    def __init__(self, calls: Sequence[bytes]) -> None:
        self._calls: Iterator[bytes] = cycle(calls)
        self._began = perf_counter()
        self._in_flight = 0
        self._done = asyncio.Event()
        self.answers = Answers()
        self.idle: list[_Connection] = []
        self.due: deque[float] = deque()
        """Calls that wait for a connection, by the time from which they wait."""
        self.ends_at = 0.0
        """Until then every answer is followed by the next call."""

    @classmethod
    async def connect(cls, port: int, calls: Sequence[bytes], connections: int) -> "Callers":
        callers = cls(calls)
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, connection = await loop.create_connection(lambda: _Connection(callers), "127.0.0.1", port)
            callers.idle.append(connection)
        callers._began = perf_counter()
        return callers

    def send_due(self) -> None:
        while self.due and self.idle:
            self.send(self.idle[-1], self.due.popleft())

    def send(self, connection: "_Connection", at: float | None = None) -> None:
        self.idle.remove(connection)
        self._in_flight += 1
        connection.send(next(self._calls), at or perf_counter())

    def answered(self, connection: "_Connection", status: int, seconds: float) -> None:
        self.answers.statuses[status] += 1
        self.answers.seconds.append(seconds)
        self._in_flight -= 1
        self.idle.append(connection)
        if perf_counter() < self.ends_at:
            self.send(connection)
        self.send_due()
        if not self._in_flight and not self.due:
            self._done.set()

    def lost(self) -> None:
        self.answers.statuses[0] += 1
        self._in_flight -= 1

    async def finish(self) -> Answers:
        """Wait for the answers that are missing. Raises TimeoutError."""
        if self._in_flight or self.due:
            self._done.clear()
            async with asyncio.timeout(ANSWER_SECONDS + max(0.0, self.ends_at - perf_counter())):
                await self._done.wait()
        self.answers.lasted = perf_counter() - self._began
        for connection in self.idle:
            connection.close()
        return self.answers


class _Connection(asyncio.Protocol):
    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._transport: asyncio.WriteTransport | None = None
        self._read = b""
        self._due_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def send(self, call: bytes, due_at: float) -> None:
        assert self._transport
        self._due_at = due_at
        self._transport.write(call)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]):
            self._read = b""
            self._callers.answered(self, int(head[9:12]), perf_counter() - self._due_at)

    def close(self) -> None:
        if self._transport:
            self._transport.close()
