"""The gateway's paths as one ASGI application."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway import tokens
from gateway.call import Calls
from gateway.executions import Executions
from gateway.metrics import GatewayMetrics
from gateway.problem import Problem, respond, unavailable
from gateway.tokens import TokenEndpoint

_EXECUTIONS: Final = "/ajo/im/executions"


def build_app(
    executions: Executions,
    token_endpoint: TokenEndpoint,
    metrics: GatewayMetrics,
    why_unavailable: Callable[[], str | None],
    *,
    audiences: Sequence[Route] = (),
    own: Sequence[Route] = (),
) -> Calls:
    """`audiences`: AJO's routes for them; `own`: the routes of Clarion's own API."""

    async def health(request: Request) -> Response:
        if why := why_unavailable():
            return respond(unavailable(why), request)
        return JSONResponse({"status": "UP"})

    direct = {
        ("POST", f"{_EXECUTIONS}/unitary"): executions.endpoint("unitary"),
        ("POST", f"{_EXECUTIONS}/highthroughput"): executions.endpoint("high-throughput"),
    }
    routes = [
        # Routes too, so that another method is answered 405.
        *(Route(path, endpoint, methods=[method]) for (method, path), endpoint in direct.items()),
        *audiences,
        Route("/ajo/im/health", health, methods=["GET"]),
        Route(tokens.PATH, token_endpoint.give, methods=["POST"]),
        *own,
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refuse})
    app.router.redirect_slashes = False
    return Calls(app, metrics, frozenset(route.path for route in routes), direct)


async def _refuse(request: Request, error: Exception) -> Response:
    """What Starlette finds itself: no such path, or another method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    details = {
        HTTPStatus.NOT_FOUND: "There is no such path.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"This path takes {headers.get('Allow', 'another method')}.",
    }
    reason = status.phrase.lower().replace(" ", "_")
    detail = details.get(status, f"{status.phrase}.")
    return respond(Problem(status, reason, status.phrase, detail, headers=headers), request)
