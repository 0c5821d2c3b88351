"""A gateway of an installation, and calls as clients of AJO make them."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
from aiohttp import ClientSession, ClientTimeout

from gateway.serve import Gateway
from tests.installation import Installation, eventually

UNITARY = "/ajo/im/executions/unitary"
HIGH_THROUGHPUT = "/ajo/im/executions/highthroughput"
AUDIENCE = "/ajo/im/executions/audience"
HEALTH = "/ajo/im/health"
TOKEN = "/ims/token/v3"  # noqa: S105 - a path
SECONDS_MAX = 60.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def kind(self) -> str:
        """The last part of an error's type."""
        return str(self.json["type"].rpartition("/")[2])

    @property
    def context(self) -> Json:
        context: Json = self.json["report"]["additionalContext"]
        return context


class Client:
    def __init__(self, session: ClientSession, gateway: Gateway) -> None:
        self._session = session
        self.gateway = gateway

    async def post(self, path: str, body: Json | bytes, **headers: str) -> Answer:
        """Headers by their names with underscores in place of hyphens."""
        return await self.send("POST", path, body, **headers)

    async def send(self, method: str, path: str, body: object, **headers: str) -> Answer:
        data = BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
        return await self.call(method, path, data, **{"content_type": "application/json", **headers})

    async def call(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        url = f"http://127.0.0.1:{self.gateway.port}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(method, url, data=data, headers=named) as response:
            return Answer(response.status, response.headers, await response.read())


@asynccontextmanager
async def gateway_of(
    installation: Installation, *, host: str = "127.0.0.1", insecure: bool = False, **overrides: object
) -> AsyncIterator[Client]:
    """A gateway in this process, ready; stopped cleanly at the end."""
    settings = installation.settings.model_copy(update=overrides)
    gateway, stop = Gateway(settings, host, 0, insecure=insecure), asyncio.Event()
    running = asyncio.create_task(gateway.run(stop))
    try:
        await eventually(lambda: running.done() or not gateway.not_ready_because())
        if running.done():
            await running  # raises what ended it
        async with ClientSession(timeout=ClientTimeout(total=SECONDS_MAX)) as session:
            yield Client(session, gateway)
    finally:
        stop.set()
        await running


async def connect(port: int | None) -> tuple[StreamReader, StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def sent(client: Client, *parts: bytes) -> bytes:
    """All that is answered to these bytes until the connection is closed."""
    reader, writer = await connect(client.gateway.port)
    answer = b""
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.read()
    except ConnectionError:
        pass  # it was cut off while there was more to send
    finally:
        writer.close()
    return answer
