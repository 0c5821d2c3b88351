"""The two versions that are compared: the one that is live, and the one that is tried."""

from typing import Literal, cast

from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from consumer.rules.campaign import Campaign, NotLive, build_campaign
from consumer.store.campaigns import StoredCampaign, Version, find_version
from consumer.store.configurations import find_configurations
from consumer.store.database import Connection


async def find_baseline(connection: Connection, campaign_id: str) -> Campaign | NotLive:
    """The live version; a campaign without one is what its triggers meet. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    if stored.live and not stored.archived_at:
        return await _build(connection, stored.live)
    return NotLive(cast("Literal['draft', 'stopped', 'archived']", stored.status), stored.current.number)


async def find_candidate(connection: Connection, campaign_id: str, version: str) -> Campaign:
    """The version of that number, or the `draft`. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    return await _build(connection, await _chosen(connection, stored, version))


async def _chosen(connection: Connection, stored: StoredCampaign, version: str) -> Version:
    if version == "draft":
        if stored.draft is None:
            raise LifecycleError(
                f"Campaign '{stored.id}' has no draft; apply its changed file, or give a number."
            )
        return stored.draft
    # PostgreSQL's integers end below 2^31.
    number = int(version) if version.isascii() and version.isdigit() and len(version) <= 9 else 0  # noqa: PLR2004
    if found := await find_version(connection, stored.id, number):
        return found
    raise LifecycleError(
        f"Campaign '{stored.id}' has no version '{version}'; its last is {stored.last.number}."
    )


async def _build(connection: Connection, version: Version) -> Campaign:
    file = lifecycle.read_definition(version)
    stored = await find_configurations(connection)
    configurations = {name: found.configuration for name, found in stored.items()}
    try:
        return build_campaign(version.number, file, configurations)
    except KeyError as error:
        raise LifecycleError(
            f"Version {version.number} names the channel configuration {error}, which does not exist; "
            "apply it with `clarion channels apply`."
        ) from None
