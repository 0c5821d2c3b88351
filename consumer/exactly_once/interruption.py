"""A wait that a stop or a fault cuts short."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stopping(Exception):  # noqa: N818 - how a stop reaches whatever is being waited for
    pass


class Interruption:
    """Comes with a cause, which every wait then raises. That of a fault ends with renew(), a stop never."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._cause: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    @property
    def has_come(self) -> bool:
        return self._cause.done()

    def stop(self) -> None:
        self.is_stopping = True
        self.interrupt(Stopping())

    def interrupt(self, cause: Exception) -> None:
        if not self._cause.done():
            self._cause.set_result(cause)

    def renew(self) -> None:
        """Forget a fault, which was met."""
        self._cause = asyncio.get_running_loop().create_future()
        if self.is_stopping:
            self.interrupt(Stopping())

    async def waiting(self, awaited: Coroutine[Any, Any, T]) -> T:
        """Wait, but no longer than until the interruption comes: then raise the cause."""
        task = asyncio.create_task(awaited)
        try:
            either: set[asyncio.Future[Any]] = {task, self._cause}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            # Looked at first: with a full inbox there is never anything to wait for, and no stop would come.
            if self._cause.done():
                raise self._cause.result()
            return task.result()
        finally:
            await end(task)


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel the task if it runs, and see it end; its exception, if it has one, is logged already or moot."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
