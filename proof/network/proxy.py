"""Carries connections to one server, and does to them what networks do."""

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

from proof.network.commits import Watch
from proof.network.connection import Connection, Weather

HOST = "127.0.0.1"


class Proxy:
    """Listens on a port of its own, from `start` on until `stop`."""

    def __init__(self, watch: Callable[[], Watch], random: Random) -> None:
        self._watch = watch
        self._random = random
        self._target: tuple[str, int] | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._weather = Weather()
        self._share = 0.0
        """The share of connections that is struck: those there are, and those to come."""

    async def start(self) -> int:
        """Returns the port. Who comes before there is a target is turned away."""
        self._server = await asyncio.start_server(self._carry, HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def lead_to(self, host: str, port: int) -> None:
        self._target = host, port

    async def stop(self) -> None:
        self.reset()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    # --- what it can do ------------------------------------------------------------------------------

    def reset(self, share: float = 1.0) -> int:
        """Cut connections, both ends told by an RST; returns how many."""
        chosen = self._chosen(share)
        for connection in chosen:
            connection.reset()
        return len(chosen)

    def reset_at_commit(self, *, answered: bool) -> asyncio.Event:
        """Cut the next connection on which a commit passes: before it, or after it and before its answer.

        The event is set when that has happened.
        """
        self._weather.cut = asyncio.Event()
        self._weather.cuts_answer = answered
        return self._weather.cut

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long, in both directions, on all connections; 0: no longer."""
        self._weather.delay = seconds

    def swallow(self, share: float) -> None:
        """Let nothing through on a share of the connections, without a word to either end."""
        self._share = share
        for connection in self._chosen(share):
            connection.hold()

    def release(self, *, late: bool) -> None:
        """End it: what was held back arrives after all, as late as it is, or its connections are reset."""
        self._share = 0.0
        for connection in list(self._connections):
            if connection.is_held and not late:
                connection.reset()
            connection.let_go()

    def calm(self) -> None:
        """Nothing out of the ordinary from now on."""
        self._weather.delay, self._weather.cut = 0.0, None
        self.release(late=False)

    # --- connections ---------------------------------------------------------------------------------

    def _chosen(self, share: float) -> list[Connection]:
        return [connection for connection in self._connections if self._random.random() < share]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection((reader, writer), self._watch(), self._weather)
        if self._random.random() < self._share:
            connection.hold()
        self._connections.add(connection)
        try:
            with contextlib.suppress(OSError):
                await connection.carry(self._target)
        finally:
            self._connections.discard(connection)
            connection.reset()
