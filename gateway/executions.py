"""POST /ajo/im/executions/...: a call that passes is put on its lane's topic, and only then accepted."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consumer.keys.key import Scope
from consumer.keys.principal import Principal
from consumer.store.errors import DatabaseError
from consumer.triggers.admission import Admission, Admitted, BrokenCampaignError, Hidden, Refused
from consumer.triggers.writer import NotWrittenError, TriggerWriter
from gateway.access import Access, hidden_campaign
from gateway.body import read_body, unless_of_type
from gateway.problem import Problem, respond, unavailable
from gateway.refusals import problem_of
from schemas.delivery import timestamp
from schemas.trigger_wire import VALUE_BYTES_MAX

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.{0,100}")


class Executions:
    def __init__(
        self,
        access: Access,
        admission: Admission,
        writer: TriggerWriter,
        *,
        in_flight_max: int,
        why_unavailable: Callable[[], str | None],
    ) -> None:
        self._access = access
        self._admission = admission
        self._writer = writer
        self._in_flight_max = in_flight_max
        self._why_unavailable = why_unavailable
        self.in_flight = 0

    def endpoint(self, lane: str) -> Callable[[Request], Awaitable[Response]]:
        """Of calls for that lane."""

        async def accept(request: Request) -> Response:
            caller = await self._access.admit(request, Scope.TRIGGER)
            if isinstance(caller, Problem):
                return respond(caller, request)
            accepted = self._why_not_now() or await self._counted(request, lane, caller)
            if isinstance(accepted, Problem):
                return respond(accepted, request)
            return _accepted(accepted, caller)

        return accept

    def _why_not_now(self) -> Problem | None:
        # What its caller has given up may still be in the producer, and takes as much memory.
        if max(self.in_flight, self._writer.in_flight) >= self._in_flight_max:
            return unavailable("Too many calls are being worked on; send this one again in a moment.")
        why = self._why_unavailable()
        return unavailable(why) if why else None

    async def _counted(self, request: Request, lane: str, caller: Principal) -> Admitted | Problem:
        self.in_flight += 1
        try:
            return await self._accept(request, lane, caller)
        finally:
            self.in_flight -= 1

    async def _accept(self, request: Request, lane: str, caller: Principal) -> Admitted | Problem:
        if problem := unless_of_type(request, "application/json"):
            return problem
        value = await read_body(request, VALUE_BYTES_MAX)
        if isinstance(value, Problem):
            return value
        verdict = await self._judge(value, lane, caller)
        if isinstance(verdict, Problem):
            return verdict
        return await self._write(verdict, value, lane, request)

    async def _judge(self, value: bytes, lane: str, caller: Principal) -> Admitted | Problem:
        try:
            verdict = await self._admission.judge(value, lane, caller.may_see)
        except DatabaseError:
            return unavailable("PostgreSQL does not answer, and the call cannot be judged without it.")
        except BrokenCampaignError:
            return unavailable("The campaign cannot be executed; its operator finds the cause in the log.")
        if isinstance(verdict, Hidden):
            return hidden_campaign(verdict.request_id)
        return problem_of(verdict) if isinstance(verdict, Refused) else verdict

    async def _write(
        self, admitted: Admitted, value: bytes, lane: str, request: Request
    ) -> Admitted | Problem:
        trigger = admitted.trigger
        try:
            await self._writer.write(lane, trigger.recipients[0].name.encode(), value, _headers(request))
        except NotWrittenError:
            detail = (
                "Kafka has not acknowledged the call. Send it again with the same requestId: that is safe."
            )
            return unavailable(detail, trigger.request_id)
        return admitted


def _headers(request: Request) -> list[tuple[str, bytes]]:
    given = request.headers.get("traceparent", "")
    return [("traceparent", given.encode())] if _TRACEPARENT.fullmatch(given) else []


def _accepted(admitted: Admitted, caller: Principal) -> Response:
    answer: dict[str, object] = {
        "executionId": admitted.trigger.execution_id,
        "requestId": admitted.trigger.request_id,
        "createdAt": timestamp(datetime.now(UTC)),
        "createdBy": caller.id,
    }
    if admitted.warnings:
        answer["report"] = {"warnings": admitted.warnings}
    return Response(orjson.dumps(answer), 202, media_type="application/json")
