"""The two versions that are compared: the one that is live, and the one that is tried."""

from typing import Literal, cast

from consumer.campaigns import lifecycle
from consumer.campaigns.choosing import build_version, choose_version
from consumer.rules.campaign import Campaign, NotLive
from consumer.store.database import Connection


async def find_baseline(connection: Connection, campaign_id: str) -> Campaign | NotLive:
    """The live version; a campaign without one is what its triggers meet. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    if stored.live and not stored.archived_at:
        return await build_version(connection, stored.live)
    return NotLive(cast("Literal['draft', 'stopped', 'archived']", stored.status), stored.current.number)


async def find_candidate(connection: Connection, campaign_id: str, version: str) -> Campaign:
    """The version of that number, or the `draft`. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    return await build_version(connection, await choose_version(connection, stored, version))
