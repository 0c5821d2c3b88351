"""One path of the API: a call is allowed, read, done and answered, in this order."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from consumer.audit.actor import Actor, acting_as
from consumer.keys.principal import Principal
from gateway.access import Access
from gateway.api.bodies import BODY_BYTES_MAX
from gateway.api.operation import Answer, Invocation, Method, Operation
from gateway.api.parameters import read_values
from gateway.api.refusal import EXPECTED, RefusalError, problem_of
from gateway.api.services import Services
from gateway.body import read_body
from gateway.problem import Problem, forbidden, respond, unavailable
from schemas.delivery import timestamp

log = structlog.get_logger()

IN_FLIGHT_MAX: Final = 32
TOPIC_READERS_MAX: Final = 4
SECONDS_MAX: Final = 60.0


class Traffic:
    """How many calls are worked on at once, of all operations."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reading_topics = 0

    def is_full_for(self, operation: Operation) -> bool:
        return self.in_flight >= IN_FLIGHT_MAX or (
            operation.reads_topics and self.reading_topics >= TOPIC_READERS_MAX
        )


class Endpoint:
    """All operations of one path."""

    def __init__(
        self,
        prefix: str,
        operations: Sequence[Operation],
        access: Access,
        services: Services,
        traffic: Traffic,
    ) -> None:
        self._operations: Mapping[Method, Operation] = {each.method: each for each in operations}
        self._access = access
        self._services = services
        self._traffic = traffic
        self.path = prefix + operations[0].path
        self.methods = [each.method for each in operations]

    async def answer(self, request: Request) -> Response:
        request.state.path = self.path
        method: Method = "GET" if request.method == "HEAD" else request.method  # type: ignore[assignment] # routed
        operation = self._operations[method]
        caller = await self._access.admit(request, operation.scope)
        if isinstance(caller, Problem):
            return respond(caller, request)
        if request.headers.get("sec-fetch-site") == "cross-site":
            return respond(forbidden("Pages of other sites may not call."), request)
        if self._traffic.is_full_for(operation):
            return respond(unavailable("Too many calls are being worked on; send this one again."), request)
        self._traffic.in_flight += 1
        self._traffic.reading_topics += operation.reads_topics
        try:
            async with asyncio.timeout(SECONDS_MAX):
                invocation = await self._read(operation, caller, request)
                with acting_as(Actor("http", caller.id, caller.name)):
                    return _respond(await operation.act(invocation))
        except TimeoutError:
            return respond(unavailable("It took too long."), request)
        except EXPECTED as error:
            problem = problem_of(error)
            if problem.status >= 500:  # noqa: PLR2004 - HTTP's number
                log.warning("call could not be served", path=self.path, cause=str(error))
            return respond(problem, request)
        finally:
            self._traffic.in_flight -= 1
            self._traffic.reading_topics -= operation.reads_topics

    async def _read(self, operation: Operation, caller: Principal, request: Request) -> Invocation:
        values = read_values(operation.parameters, request.path_params, request.scope["query_string"])
        query = request.url.query
        url = f"{request.url.path}?{query}" if query else request.url.path
        body = await _read_body(operation, request)
        return Invocation(self._services, caller, values, body, request.headers, url)


async def _read_body(operation: Operation, request: Request) -> object:
    """What was sent, read; None where nothing need be."""
    expected = operation.body
    if expected is None:
        return None
    content = await read_body(request, BODY_BYTES_MAX)
    if isinstance(content, Problem):
        raise RefusalError(content)
    if not content and not expected.is_required:
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in expected.media_types:
        detail = f"Send the header `Content-Type: {expected.media_types[0]}`, and such a body."
        raise RefusalError(
            Problem(415, "unsupported_media_type", "The content type is not supported", detail)
        )
    # Away from the event loop: a megabyte of YAML takes a second to read, and triggers would wait.
    return await asyncio.to_thread(expected.read, content, media_type)


def _respond(answer: Answer) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **answer.headers}
    content = orjson.dumps(answer.body, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    return Response(content, answer.status, headers, "application/json")


def _plain(value: object) -> str:
    return timestamp(value) if isinstance(value, datetime) else str(value)
