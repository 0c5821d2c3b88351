"""What every call has in common: its id, its line in the metrics, and an answer whatever happens."""

from collections.abc import Collection
from time import monotonic
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.metrics import GatewayMetrics
from gateway.problem import Problem, respond

log = structlog.get_logger()

_ID: Final = "x-request-id"
_ID_LENGTH_MAX: Final = 255


class Calls:
    """Wraps the application. It is the outermost layer, so that it sees every answer."""

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics, paths: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = monotonic()
        request = Request(scope, receive)
        request.state.reason = ""
        id_ = _id_of(request)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_ID] = id_
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            request.state.reason = "disconnected"
        except Exception:
            log.exception("call failed by a fault of ours", call=id_)
            if not status:
                problem = Problem(
                    500, "internal_error", "A fault of Clarion's own", f"See the log for {id_}."
                )
                await respond(problem, request)(scope, receive, answer)
        # A path with parameters counts as one.
        path = getattr(request.state, "path", scope["path"] if scope["path"] in self._paths else "")
        self._metrics.answered(path, status, request.state.reason, monotonic() - began)


def _id_of(request: Request) -> str:
    given = request.headers.get(_ID, "")
    is_usable = 0 < len(given) <= _ID_LENGTH_MAX and given.isascii() and given.isprintable()
    return given if is_usable else str(uuid4())
