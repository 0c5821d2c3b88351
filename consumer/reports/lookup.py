"""Finding all that is projected of one call, in one snapshot of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from consumer.kafka.record import Partition
from consumer.store.database import Connection, Database
from consumer.store.dead_letter_lists import DeadLetterFilter, ListedDeadLetter, list_dead_letters
from consumer.store.deliveries import StoredDelivery, find_deliveries
from consumer.store.executions import StoredExecution, find_executions
from consumer.store.projections import projection_snapshot, read_offsets

ATTEMPTS_MAX: Final = 1_000
"""More executions and dead letters of one call are not read."""

Offsets: TypeAlias = Mapping[Partition, int]
"""How far the topics are projected."""


@dataclass(frozen=True, slots=True)
class FoundCall:
    executions: Sequence[StoredExecution]
    letters: Sequence[ListedDeadLetter]
    offsets: Offsets
    deliveries: Mapping[UUID, StoredDelivery]
    """What is known of the deliveries that were made, by their ids."""


async def find_call(database: Database, id_: str, campaign: str | None = None) -> FoundCall:
    """By its execution or request id; a request id can be known to several campaigns."""
    async with projection_snapshot(database) as connection:
        offsets = await read_offsets(connection)
        executions = await find_executions(connection, id_, campaign, ATTEMPTS_MAX)
        letters = await _letters(connection, id_, campaign, executions)
        deliveries = await find_deliveries(connection, _made(executions))
        return FoundCall(executions, letters, offsets, deliveries)


def _made(executions: Sequence[StoredExecution]) -> set[UUID]:
    outcomes = (outcome for execution in executions for outcome in execution.outcomes)
    return {UUID(str(outcome["deliveryId"])) for outcome in outcomes if "deliveryId" in outcome}


async def _letters(
    connection: Connection, id_: str, campaign: str | None, executions: Sequence[StoredExecution]
) -> list[ListedDeadLetter]:
    """The request's; one without an execution has a campaignId that is not valid."""
    requests = {execution.request_id for execution in executions} or {id_}
    campaigns = {execution.campaign_id for execution in executions} or ({campaign} if campaign else set())
    wanted = DeadLetterFilter(request_ids=requests, campaign_ids=campaigns, state="all", with_held=True)
    return await list_dead_letters(connection, wanted, ATTEMPTS_MAX)
