"""Pausing campaigns whose guard is broken: in the registry, with the reason in audit and log."""

from collections.abc import Collection

import structlog
from pydantic import ValidationError

from consumer.audit.record import record
from consumer.rules.guard import broken_by
from consumer.store.campaigns import pause_live_version
from consumer.store.database import DedicatedConnection
from consumer.store.guards import GuardedVersion, guarded_versions
from consumer.store.offsets import following
from consumer.store.registry import changing_on
from schemas.experiment import Guard

log = structlog.get_logger()


async def apply_guards(connection: DedicatedConnection, campaigns: Collection[str] | None) -> None:
    """Pause those of the campaigns (None: of all) whose guard is broken, each in its own transaction."""
    for guarded in await guarded_versions(connection, campaigns):
        if why := _why(guarded):
            await _pause(connection, guarded, why)


def _why(guarded: GuardedVersion) -> str | None:
    try:
        guard = Guard.model_validate(guarded.guard)
    except ValidationError:
        return None  # stored by another Clarion; the review refuses one that cannot be read
    return broken_by(guard, guarded.sent, guarded.bounced, guarded.complained)


async def _pause(connection: DedicatedConnection, guarded: GuardedVersion, why: str) -> None:
    async with following(connection), changing_on(connection) as change:
        if not await pause_live_version(change, guarded.campaign_id, guarded.version):
            return
        before = {"status": "live", "version": guarded.version}
        after = {"status": "paused", "version": guarded.version, "reason": why}
        await record(connection, "campaign.pause", guarded.campaign_id, before=before, after=after)
    log.warning(
        "campaign paused by its guard", campaign=guarded.campaign_id, version=guarded.version, cause=why
    )
