"""What the embedded servers have in common: start, kill, start again, stop."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from embedded.errors import EmbeddedError, PortTakenError, no_room
from embedded.supervised import POLL_SECONDS, Supervised

Progress = Callable[[str], None]

START_SECONDS = 60.0
PORT_ATTEMPTS = 5


def quietly(_sentence: str) -> None:
    """Report no progress."""


class Server(ABC):
    """A real server that ends with this program, and can be killed and started again on its port and data."""

    name: str
    pid: int

    def __init__(self, supervised: Supervised) -> None:
        self.supervised = supervised

    async def start_again(self) -> None:
        """Start the server on the port and the data it had; returns when it answers."""
        await self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not await self.answers():
            if await self.has_ended():
                raise await self.failure("ended while starting")
            if time.monotonic() > deadline:
                raise await self.failure(f"did not answer within {START_SECONDS:.0f} s")
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """End the server and remove all it wrote; returns when nothing is left."""
        await self.supervised.close()

    @abstractmethod
    async def prepare(self) -> None:
        """Do what is done once, before the first start."""

    @abstractmethod
    async def launch(self) -> None:
        """Start the process, and set `pid`."""

    @abstractmethod
    async def answers(self) -> bool:
        """Tell whether this server, and not a stranger on its port, serves clients by now."""

    @abstractmethod
    async def has_ended(self) -> bool: ...

    @abstractmethod
    async def kill(self) -> None:
        """End the server as kill -9 and a power cut of its machine would; its data stay."""

    @abstractmethod
    async def log_lines(self, count: int) -> list[str]:
        """Return the last lines of the server's log."""

    async def failure(self, what: str) -> EmbeddedError:
        # A stack trace can stand between the cause and the end of the log.
        taken = "address already in use" in "\n".join(await self.log_lines(200)).lower()
        kind = PortTakenError if taken else EmbeddedError
        last = "\n".join(await self.log_lines(15))
        return kind(f"The embedded {self.name} {what}; fix what its log reports and try again:\n{last}")


SomeServer = TypeVar("SomeServer", bound=Server)


async def started(open_server: Callable[[], Awaitable[SomeServer]]) -> SomeServer:
    """Open, prepare and start a server, on other ports if the chosen ones were taken meanwhile."""
    for _ in range(PORT_ATTEMPTS - 1):
        try:
            return await _started_once(open_server)
        except PortTakenError:
            continue
    return await _started_once(open_server)


async def _started_once(open_server: Callable[[], Awaitable[SomeServer]]) -> SomeServer:
    server = await open_server()
    try:
        await server.prepare()
        await server.start_again()
    except OSError as error:
        await server.stop()
        raise no_room(error) from error
    except BaseException:
        await server.stop()
        raise
    return server
