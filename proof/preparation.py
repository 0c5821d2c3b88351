"""Puts campaigns and people into the installation, by the engine's own means, and clears its topics away."""

import asyncio
from collections.abc import Sequence

from confluent_kafka.admin import AdminClient

from consumer.campaigns import lifecycle
from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line
from consumer.store.configurations import write_configuration
from consumer.store.database import Database
from consumer.store.registry import changing
from consumer.store.suppressions import SuppressionReason, add_suppression
from proof.workload import people
from proof.workload.campaigns import CONFIGURATIONS, Campaign
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel
from schemas.profile import ProfileLine

ANSWER_SECONDS = 30.0


async def prepare_database(database_url: str, campaigns: Sequence[Campaign]) -> None:
    async with await Database.connect(database_url) as database:
        async with changing(database) as change:
            for name, configuration in CONFIGURATIONS.items():
                model = ChannelConfiguration.model_validate(configuration)
                await write_configuration(change, name, model)
        for campaign in campaigns:
            file = CampaignFile.model_validate(campaign.file())
            await lifecycle.apply(database, file, activate=True)
            if campaign.is_stopped:
                await lifecycle.stop(database, campaign.id)
        await _import_people(database)


async def delete_topics(servers: str, prefix: str) -> None:
    """From a cluster that was given. The group stays, empty; Kafka forgets it after a while."""
    await asyncio.to_thread(
        _delete_topics, AdminClient({"bootstrap.servers": servers, "log_level": 0}), prefix
    )


def _delete_topics(admin: AdminClient, prefix: str) -> None:
    ours = [topic for topic in admin.list_topics(timeout=ANSWER_SECONDS).topics if topic.startswith(prefix)]
    for deleted in admin.delete_topics(ours).values() if ours else ():
        deleted.result(ANSWER_SECONDS)


async def _import_people(database: Database) -> None:
    lines = [
        Line(number, ProfileLine.model_validate(profile))
        for number, profile in enumerate(people.imported_profiles(), 1)
    ]
    await import_lines(database, lines)
    async with database.connection() as connection:
        for address in people.suppressed_addresses():
            await add_suppression(connection, Channel.EMAIL, address, SuppressionReason.BOUNCE)
