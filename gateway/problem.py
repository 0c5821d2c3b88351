"""The one body of every refusal, as clients of AJO read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

ERRORS_URL: Final = "https://clarion.example/errors/"
"""What an error's type begins with: a name, to be compared, as docs/gateway.md lists them."""


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    reason: str
    title: str
    detail: str
    request_id: str | None = None
    """The trigger's, if it could be read."""
    context: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    """What another protocol wants in the same body."""


def unauthorized(detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="clarion"'}
    return Problem(401, "unauthorized", "The call is not authorized", detail, headers=headers)


def forbidden(detail: str, request_id: str | None = None) -> Problem:
    return Problem(403, "forbidden", "The call is not allowed", detail, request_id)


def rate_limited(detail: str) -> Problem:
    headers = {"Retry-After": "1"}
    return Problem(429, "rate_limited", "The calls are too many", detail, headers=headers)


def unavailable(detail: str, request_id: str | None = None) -> Problem:
    """Of what passes: the caller may send the same again."""
    headers = {"Retry-After": "1"}
    return Problem(503, "unavailable", "The service is not available", detail, request_id, headers=headers)


def respond(problem: Problem, request: Request) -> Response:
    # For the metrics.
    request.state.reason = problem.reason
    body: dict[str, object] = {
        "type": f"{ERRORS_URL}{problem.reason}-{problem.status}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "report": {"additionalContext": dict(problem.context)},
        **problem.members,
    }
    if problem.request_id is not None:
        body["requestId"] = problem.request_id
    wanted = request.headers.get("accept", "")
    kind = "application/problem+json" if "application/problem+json" in wanted else "application/json"
    return Response(orjson.dumps(body), problem.status, dict(problem.headers), kind)
