"""Changing the channel configurations."""

from collections.abc import Mapping, Sequence

from consumer.audit.record import record
from consumer.campaigns.errors import LifecycleError
from consumer.store.configurations import find_configurations, write_configuration
from consumer.store.database import Database
from consumer.store.registry import changing
from schemas.campaign import ChannelConfiguration


async def apply_configurations(
    database: Database, configurations: Mapping[str, ChannelConfiguration]
) -> Sequence[str]:
    """Add or replace these, all or none; returns the names of those that changed.

    Live campaigns use the new settings at once. Raises LifecycleError when one would change its channel.
    """
    async with changing(database) as change:
        stored = await find_configurations(change.connection)
        changed = []
        for name, configuration in sorted(configurations.items()):
            before = stored[name].configuration if name in stored else None
            if before and before.channel is not configuration.channel:
                # Campaigns that name it were reviewed for the channel that it had.
                raise LifecycleError(
                    f"The configuration '{name}' is for {before.channel} and stays so; use another name."
                )
            if before != configuration:
                await write_configuration(change, name, configuration)
                await record(
                    change.connection,
                    "channel.apply",
                    name,
                    before=before.model_dump(mode="json") if before else None,
                    after=configuration.model_dump(mode="json"),
                )
                changed.append(name)
    return changed
