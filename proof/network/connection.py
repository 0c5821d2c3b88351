"""One connection through a proxy: two streams, each pumped into the other."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass

from proof.network.commits import Watch

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK_BYTES = 65_536
# On, and no time to linger: to close it then sends an RST.
RUDELY = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Weather:
    """What holds for all connections of a proxy."""

    delay: float = 0.0
    cut: asyncio.Event | None = None
    """Armed: the next commit is cut off, and this is set."""
    cuts_answer: bool = False


class Connection:
    def __init__(self, client: Ends, watch: Watch, weather: Weather) -> None:
        self._client = client
        self._server: Ends | None = None
        self._watch = watch
        self._weather = weather
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._is_doomed = False
        """Its commit has passed; the answer will not."""

    @property
    def is_held(self) -> bool:
        return not self._may_pass.is_set()

    def hold(self) -> None:
        self._may_pass.clear()

    def let_go(self) -> None:
        self._may_pass.set()

    def reset(self) -> None:
        for _, writer in filter(None, (self._client, self._server)):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RUDELY)
            writer.transport.abort()

    async def carry(self, target: tuple[str, int] | None) -> None:
        """Until either end closes or it is reset."""
        if target is None:
            return
        await self._may_pass.wait()
        self._server = await asyncio.open_connection(*target)
        pumps = {asyncio.create_task(self._requests()), asyncio.create_task(self._answers())}
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _requests(self) -> None:
        assert self._server
        while chunk := await self._client[0].read(CHUNK_BYTES):
            commits = self._watch(chunk)
            if commits and self._weather.cut and not self._survives(self._weather.cut):
                return
            await self._pass(chunk, self._server[1])

    def _survives(self, cut: asyncio.Event) -> bool:
        """Whether the commit itself may pass, because it is its answer that is to be lost."""
        self._weather.cut = None
        self._is_doomed = self._weather.cuts_answer
        cut.set()
        return self._is_doomed

    async def _answers(self) -> None:
        assert self._server
        while (chunk := await self._server[0].read(CHUNK_BYTES)) and not self._is_doomed:
            await self._pass(chunk, self._client[1])

    async def _pass(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        if self._weather.delay:
            await asyncio.sleep(self._weather.delay)
        await self._may_pass.wait()
        writer.write(chunk)
        await writer.drain()
