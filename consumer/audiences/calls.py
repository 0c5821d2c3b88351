"""Accepting a call for an audience: once for each requestId, now or on a schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from consumer.audiences.errors import AudienceError, Why
from consumer.audit.record import record
from consumer.campaigns.registry import Registry
from consumer.campaigns.state import CampaignState, Unexecutable
from consumer.exactly_once.fault_points import wall_clock
from consumer.keys.principal import MaySee, sees_all
from consumer.rules.campaign import Campaign
from consumer.rules.decide import judge_campaign
from consumer.rules.outcome import Rejection
from consumer.store import audience_executions, audience_schedules
from consumer.store.audience_executions import StoredExecution
from consumer.store.audience_schedules import StoredSchedule
from consumer.store.audiences import find_audience
from consumer.store.database import Connection, Database
from consumer.triggers.admission import BrokenCampaignError, Hidden, Refused
from schemas.audience_call import MONTHS_AHEAD_MAX, AudienceCall, latest_time, read_audience_call
from schemas.ids import execution_id
from schemas.json import JsonFault
from schemas.reasons import Reason
from schemas.trigger import UnreadableTrigger

Accepted = StoredExecution | StoredSchedule


class AudienceCalls:
    """Judges calls by the rules that a consumer would apply, and stores those that pass."""

    def __init__(
        self, database: Database, registry: Registry, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock

    async def accept(self, value: bytes, by: str, may_see: MaySee = sees_all) -> Accepted | Refused | Hidden:
        """The execution or schedule of the call, the same one however often it is sent.

        Raises AudienceError (an unknown audience, a requestId that was used for something else),
        BrokenCampaignError and the errors of consumer.store.
        """
        call = read_audience_call(value)
        if isinstance(call, UnreadableTrigger):
            return Refused(call.reason, call.detail, call.request_id, call.campaign_id, call.faults)
        id_ = call.campaign_id
        # Not from memory: a call for a million people is worth a statement.
        state = (await self._registry.read_afresh([id_]))[id_]
        if not may_see(id_, state.labels if state else ()):
            return Hidden(call.request_id or "", id_)
        if call.request_id and (before := await self._find(call, call.request_id)):
            return before
        judged = self._judge(call, state)
        return judged if isinstance(judged, Refused) else await self._store(judged, by)

    async def _find(self, call: AudienceCall, request_id: str) -> Accepted | None:
        ids = Ids.of(call.campaign_id, request_id)
        async with self._database.connection() as connection:
            execution = await audience_executions.find_execution(connection, str(ids.execution))
            schedule = await audience_schedules.find_schedule(connection, str(ids.schedule))
        found = schedule or execution
        if found is None:
            return None
        if not _is_same(call, found):
            raise _conflict()
        return found

    # --- judging -------------------------------------------------------------------------------------

    def _judge(self, call: AudienceCall, state: CampaignState | None) -> "Order | Refused":
        if isinstance(state, Unexecutable):
            raise BrokenCampaignError
        now = self._clock()
        if fault := _fault_of_time(call.execute_at, now):
            return _invalid(call, fault)
        judged = judge_campaign(call.campaign_id, state, call.execute_at or now)
        if isinstance(judged, Rejection):
            return Refused(judged.reason, judged.detail, call.request_id, call.campaign_id, campaign=state)
        return _order(call, judged)

    # --- storing -------------------------------------------------------------------------------------

    async def _store(self, order: "Order", by: str) -> Accepted:
        async with self._database.transaction() as connection:
            if await find_audience(connection, order.audience_id) is None:
                raise AudienceError(Why.UNKNOWN_AUDIENCE, f"There is no audience '{order.audience_id}'.")
            return await store_order(connection, order, by)


@dataclass(frozen=True, slots=True)
class Ids:
    """Both follow from what the caller sent."""

    execution: UUID
    schedule: UUID

    @classmethod
    def of(cls, campaign_id: str, request_id: str) -> "Ids":
        execution = UUID(execution_id(campaign_id, request_id))
        return cls(execution, uuid5(execution, "schedule"))


@dataclass(frozen=True, slots=True)
class Order:
    """A call that may be executed."""

    call: AudienceCall
    request_id: str
    audience_id: str


async def store_order(connection: Connection, order: Order, by: str) -> Accepted:
    """Must be called in a transaction."""
    call, id_ = order.call, order.call.campaign_id
    if call.execute_at is None:
        what, stored = "audience.execute", await _insert_execution(connection, order, by)
    else:
        what, stored = "audience.schedule", await _insert_schedule(connection, order, call.execute_at, by)
    if not _is_same(call, stored):
        raise _conflict()
    after = {"campaignId": id_, "audienceId": order.audience_id, "executeAt": call.execute_at}
    await record(connection, what, str(stored.id), after={k: str(v) for k, v in after.items() if v})
    return stored


async def _insert_execution(connection: Connection, order: Order, by: str) -> Accepted:
    call = order.call
    return await audience_executions.insert_execution(
        connection,
        str(Ids.of(call.campaign_id, order.request_id).execution),
        campaign_id=call.campaign_id,
        request_id=order.request_id,
        audience_id=order.audience_id,
        context=call.context,
        created_by=by,
    )


async def _insert_schedule(connection: Connection, order: Order, at: datetime, by: str) -> Accepted:
    call, ids = order.call, Ids.of(order.call.campaign_id, order.request_id)
    return await audience_schedules.insert_schedule(
        connection,
        str(ids.schedule),
        campaign_id=call.campaign_id,
        request_id=order.request_id,
        audience_id=order.audience_id,
        context=call.context,
        execute_at=at,
        execution_id=str(ids.execution),
        created_by=by,
    )


def _conflict() -> AudienceError:
    return AudienceError(
        Why.CONFLICT, "This requestId was already used for another audience, context or time; use a new one."
    )


def _order(call: AudienceCall, campaign: Campaign) -> Order | Refused:
    if campaign.lane == "high-throughput":
        detail = (
            f"Campaign '{campaign.id}' belongs to the high-throughput lane, which has no profiles and so no "
            "audiences."
        )
        return Refused(Reason.WRONG_LANE, detail, call.request_id, call.campaign_id, campaign=campaign)
    audience_id = call.audience_id or campaign.audience
    if audience_id is None:
        problem = f"is required, as campaign '{campaign.id}' names no audience of its own"
        return _invalid(call, JsonFault("audience.id", problem))
    return Order(call, call.request_id or str(uuid4()), audience_id)


def _fault_of_time(at: datetime | None, now: datetime) -> JsonFault | None:
    if at is not None and at < now:
        return JsonFault("schedule.executeAt", "is in the past")
    if at is not None and at > latest_time(now):
        return JsonFault("schedule.executeAt", f"is more than {MONTHS_AHEAD_MAX} months ahead")
    return None


def _invalid(call: AudienceCall, fault: JsonFault) -> Refused:
    detail = f"The call cannot be executed: {fault.path} {fault.problem}."
    return Refused(Reason.INVALID, detail, call.request_id, call.campaign_id, [fault])


def _is_same(call: AudienceCall, found: Accepted) -> bool:
    execute_at = found.execute_at if isinstance(found, StoredSchedule) else None
    return (
        call.execute_at == execute_at
        and call.context == found.context
        and call.audience_id in {None, found.audience_id}
    )
