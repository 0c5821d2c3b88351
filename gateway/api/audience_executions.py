"""Executions for audiences, and schedules: watch, pause, resume, cancel."""

from collections.abc import Awaitable, Callable
from typing import Final, get_args

from consumer.audiences import control, schedules
from consumer.audiences.status import Status, document
from consumer.keys.key import Scope
from consumer.store.audience_executions import State
from consumer.store.audience_schedules import ScheduleState, StoredSchedule
from consumer.store.database import Database
from gateway.api.kinds import NAME, UUID_, chosen
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import LIMIT, Parameter
from gateway.api.shapes import FLAG, MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from gateway.api.visibility import narrowed, refuse_hidden

_EXECUTION: Final = Parameter("executionId", UUID_, "As the answer to the call had it.", "path")
_SCHEDULE: Final = Parameter("scheduleId", UUID_, "As the answer to the call had it.", "path")

COUNTS: Final[Shape] = record(
    targeted=NUMBER,
    withoutIdentity=NUMBER,
    produced=NUMBER,
    delivered=NUMBER,
    excluded=NUMBER,
    rejected=NUMBER,
    notSent=NUMBER,
)
STATUS: Final[Shape] = record(
    executionId=TEXT,
    requestId=TEXT,
    campaignId=TEXT,
    audienceId=TEXT,
    status=TEXT,
    targetedProfileCount=NUMBER,
    createdAt=MOMENT,
    createdBy=TEXT,
    paused=FLAG,
    reason=optional(TEXT),
    counts=COUNTS,
    inFlight=NUMBER,
    byReason=OBJECT,
    ratePerSecond={"type": "number"},
    expectedEnd=optional(MOMENT),
    finishedAt=optional(MOMENT),
)
SCHEDULE: Final[Shape] = partial(
    record(
        scheduleId=TEXT,
        scheduleStatus=TEXT,
        executeAt=MOMENT,
        campaignId=TEXT,
        audience=OBJECT,
        requestId=TEXT,
        createdAt=MOMENT,
        createdBy=TEXT,
    ),
    reason=TEXT,
    settledAt=MOMENT,
)


async def _list(call: Invocation) -> Answer:
    values = call.values
    seen = narrowed(call, frozenset(filter(None, [values["campaignId"]])))
    if seen is None:
        return Answer([])
    found = await control.list_all(
        call.services.database, campaign_ids=seen, state=values["status"], limit=values["limit"]
    )
    return Answer([document(each) for each in found])


async def _show(call: Invocation) -> Answer:
    return Answer(document(await _seen(call)))


def _changing(
    change: Callable[[Database, str], Awaitable[Status]],
) -> Callable[[Invocation], Awaitable[Answer]]:
    async def act(call: Invocation) -> Answer:
        await _seen(call)
        return Answer(document(await change(call.services.database, call.values["executionId"])))

    return act


async def _seen(call: Invocation) -> Status:
    status = await control.show(call.services.database, call.values["executionId"])
    refuse_hidden(call, status.execution.campaign_id)
    return status


async def _list_schedules(call: Invocation) -> Answer:
    seen = narrowed(call, frozenset())
    if seen is None:
        return Answer([])
    found = await schedules.list_all(
        call.services.database, campaign_ids=seen, state=call.values["status"], limit=call.values["limit"]
    )
    return Answer([schedules.document(each) for each in found])


async def _show_schedule(call: Invocation) -> Answer:
    return Answer(schedules.document(await _seen_schedule(call)))


async def _cancel_schedule(call: Invocation) -> Answer:
    schedule = await _seen_schedule(call)
    return Answer(schedules.document(await schedules.cancel(call.services.database, str(schedule.id))))


async def _seen_schedule(call: Invocation) -> StoredSchedule:
    schedule = await schedules.find(call.services.database, call.values["scheduleId"])
    refuse_hidden(call, schedule.campaign_id)
    return schedule


def _change(name: str, summary: str, change: Callable[[Database, str], Awaitable[Status]]) -> Operation:
    path = f"/audience-executions/{{executionId}}/{name}"
    parameters = (_EXECUTION,)
    return Operation(
        "POST", path, Scope.OPERATE, summary, _changing(change), STATUS, parameters, refusals=(404, 409)
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/audience-executions",
        Scope.READ,
        "Executions for audiences, the newest first.",
        _list,
        array(STATUS),
        (
            Parameter("campaignId", NAME, "Only of this campaign."),
            Parameter("status", chosen(get_args(State)), "Only in this state."),
            LIMIT,
        ),
    ),
    Operation(
        "GET",
        "/audience-executions/{executionId}",
        Scope.READ,
        "How an execution stands: counts that add up to all who were targeted.",
        _show,
        STATUS,
        (_EXECUTION,),
        refusals=(404,),
    ),
    _change("pause", "Send to nobody else until it is resumed.", control.pause),
    _change("resume", "Go on with those who were not sent to.", control.resume),
    _change("cancel", "Send to nobody else, for good.", control.cancel),
    Operation(
        "GET",
        "/audience-schedules",
        Scope.READ,
        "Schedules, the latest time first.",
        _list_schedules,
        array(SCHEDULE),
        (Parameter("status", chosen(get_args(ScheduleState)), "Only in this state."), LIMIT),
    ),
    Operation(
        "GET",
        "/audience-schedules/{scheduleId}",
        Scope.READ,
        "A schedule.",
        _show_schedule,
        SCHEDULE,
        (_SCHEDULE,),
        refusals=(404,),
    ),
    Operation(
        "DELETE",
        "/audience-schedules/{scheduleId}",
        Scope.OPERATE,
        "Cancel a schedule before its time.",
        _cancel_schedule,
        SCHEDULE,
        (_SCHEDULE,),
        refusals=(404, 409),
    ),
)
