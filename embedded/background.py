"""Blocking calls beside the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_background(call: Callable[[], Answer]) -> Answer:
    """Await a blocking call in a thread of its own.

    Unlike asyncio.to_thread's, the thread does not hold up the program's end: Ctrl-C while Docker pulls an
    image ends the program at once.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(answer)  # type: ignore[arg-type]  # None only where Answer is None
        else:
            outcome.set_exception(error)

    def work() -> None:
        answer, error = None, None
        try:
            answer = call()
        except BaseException as raised:  # noqa: BLE001 - it is raised again where it is awaited
            error = raised
        # The loop may be closed by now, when its program was interrupted.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=work, daemon=True).start()
    return await outcome
