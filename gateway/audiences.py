"""AJO's paths for audiences: a call is stored, and a process of the audience lane executes it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consumer.audiences import control, schedules
from consumer.audiences.calls import Accepted, AudienceCalls
from consumer.audiences.errors import AudienceError, Why
from consumer.audiences.status import Status, document
from consumer.audit.actor import Actor, acting_as
from consumer.campaigns.registry import Registry
from consumer.keys.key import Scope
from consumer.keys.principal import Principal
from consumer.store.audience_executions import StoredExecution
from consumer.store.audience_schedules import StoredSchedule
from consumer.store.database import Database
from consumer.store.errors import DatabaseDataError, DatabaseError
from consumer.triggers.admission import BrokenCampaignError, Hidden, Refused
from gateway.access import Access, hidden_campaign
from gateway.body import read_body, unless_of_type
from gateway.problem import Problem, respond, unavailable
from gateway.refusals import problem_of, problem_of_audience
from schemas.delivery import timestamp
from schemas.json import JsonObject
from schemas.trigger_wire import VALUE_BYTES_MAX

_PREFIX: Final = "/ajo/im/executions"
_Answer = tuple[int, JsonObject]


class Audiences:
    def __init__(self, access: Access, database: Database, registry: Registry) -> None:
        self._access = access
        self._database = database
        self._registry = registry
        self._calls = AudienceCalls(database, registry)

    def routes(self) -> Sequence[Route]:
        schedule = f"{_PREFIX}/schedules/{{scheduleId}}"
        return (
            self._route("POST", f"{_PREFIX}/audience", self._execute),
            self._route("GET", f"{_PREFIX}/audience/{{executionId}}", self._show),
            self._route("GET", schedule, self._show_schedule),
            self._route("DELETE", schedule, self._cancel_schedule),
        )

    def _route(
        self, method: str, path: str, act: Callable[[Request, Principal], Awaitable[_Answer | Problem]]
    ) -> Route:
        async def answer(request: Request) -> Response:
            request.state.path = path
            caller = await self._access.admit(request, Scope.TRIGGER)
            if isinstance(caller, Problem):
                return respond(caller, request)
            with acting_as(Actor("http", caller.id, caller.name)):
                done = await _refusals_answered(act(request, caller))
            if isinstance(done, Problem):
                return respond(done, request)
            status, body = done
            return Response(orjson.dumps(body), status, media_type="application/json")

        return Route(path, answer, methods=[method])

    async def _execute(self, request: Request, caller: Principal) -> _Answer | Problem:
        if problem := unless_of_type(request, "application/json"):
            return problem
        value = await read_body(request, VALUE_BYTES_MAX)
        if isinstance(value, Problem):
            return value
        accepted = await self._calls.accept(value, caller.id, caller.may_see)
        if isinstance(accepted, Hidden):
            return hidden_campaign(accepted.request_id or None)
        if isinstance(accepted, Refused):
            return problem_of(accepted)
        return 202, _accepted(accepted)

    async def _show(self, request: Request, caller: Principal) -> _Answer | Problem:
        id_ = request.path_params["executionId"]
        status = await control.show(self._database, id_)
        if not await self._may_see(caller, status.execution.campaign_id):
            raise AudienceError(Why.UNKNOWN_EXECUTION, f"There is no execution '{id_}' for an audience.")
        return 200, _status(status)

    async def _show_schedule(self, request: Request, caller: Principal) -> _Answer | Problem:
        found = await self._schedule(request, caller)
        shown = schedules.document(found)
        if found.state == "Triggered":
            shown["executionDetails"] = _status(await control.show(self._database, str(found.execution_id)))
        return 200, shown

    async def _cancel_schedule(self, request: Request, caller: Principal) -> _Answer | Problem:
        await schedules.cancel(self._database, str((await self._schedule(request, caller)).id))
        return 200, {}

    async def _schedule(self, request: Request, caller: Principal) -> StoredSchedule:
        id_ = request.path_params["scheduleId"]
        found = await schedules.find(self._database, id_)
        if not await self._may_see(caller, found.campaign_id):
            raise AudienceError(Why.UNKNOWN_SCHEDULE, f"There is no schedule '{id_}'.")
        return found

    async def _may_see(self, caller: Principal, campaign_id: str) -> bool:
        if caller.sees_all:
            return True
        state = (await self._registry.read_afresh([campaign_id]))[campaign_id]
        return caller.may_see(campaign_id, state.labels if state else ())


async def _refusals_answered(acting: Awaitable[_Answer | Problem]) -> _Answer | Problem:
    try:
        return await acting
    except AudienceError as error:
        return problem_of_audience(error)
    except DatabaseDataError:
        return Problem(
            400, "invalid", "The request is not valid", "PostgreSQL cannot store a value of this call."
        )
    except DatabaseError:
        return unavailable("PostgreSQL does not answer, and the call needs it.")
    except BrokenCampaignError:
        return unavailable("The campaign cannot be executed; its operator finds the cause in the log.")


def _accepted(accepted: Accepted) -> JsonObject:
    if isinstance(accepted, StoredExecution):
        return {
            "executionId": str(accepted.id),
            "requestId": accepted.request_id,
            "createdAt": timestamp(accepted.created_at),
            "createdBy": accepted.created_by,
        }
    return schedules.document(accepted)


def _status(status: Status) -> JsonObject:
    return document(status, datetime.now(UTC))
