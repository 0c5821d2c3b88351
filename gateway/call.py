"""What every call has in common: its id, its line in the metrics, and an answer whatever happens."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from itertools import count
from secrets import token_hex
from time import monotonic
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.headers import Call
from gateway.metrics import GatewayMetrics
from gateway.problem import Problem, respond

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]

_ID: Final = "x-request-id"
_ID_LENGTH_MAX: Final = 255
_PROCESS: Final = token_hex(8)
_numbers = count(1)


class Calls:
    """Wraps the application. It is the outermost layer, so that it sees every answer."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: GatewayMetrics,
        paths: Collection[str],
        direct: Mapping[tuple[str, str], Endpoint],
    ) -> None:
        """`direct`: by method and path, what is called too often to pass the application's layers."""
        self._app = app
        self._metrics = metrics
        self._paths = paths
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = monotonic()
        request = Call(scope, receive)
        state = scope["state"]
        state["reason"] = ""
        id_ = _id_of(request)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", id_.encode()))
            await send(message)

        try:
            if endpoint := self._direct.get((scope["method"], scope["path"])):
                await (await endpoint(request))(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except ClientDisconnect:
            state["reason"] = "disconnected"
        except Exception:
            log.exception("call failed by a fault of ours", call=id_)
            if not status:
                problem = Problem(
                    500, "internal_error", "A fault of Clarion's own", f"See the log for {id_}."
                )
                await respond(problem, request)(scope, receive, answer)
        # A path with parameters counts as one.
        path = state.get("path") or (scope["path"] if scope["path"] in self._paths else "")
        self._metrics.answered(path, status, state["reason"], monotonic() - began)


def _id_of(request: Request) -> str:
    given = request.headers.get(_ID, "")
    is_usable = 0 < len(given) <= _ID_LENGTH_MAX and given.isascii() and given.isprintable()
    return given if is_usable else f"{_PROCESS}-{next(_numbers)}"
