"""What is tried: a version of a campaign, in an installation as it is now."""

from dataclasses import dataclass

from consumer.campaigns import lifecycle
from consumer.campaigns.choosing import choose_version
from consumer.kafka.topics import Topics
from consumer.preview.trial import Trial, prepare_trial
from consumer.rules.policy import Policy
from consumer.store.campaigns import Version
from consumer.store.database import Database
from schemas.campaign import CampaignFile


@dataclass(frozen=True, slots=True)
class Chosen:
    version: Version
    file: CampaignFile
    trial: Trial


async def choose(
    database: Database,
    campaign_id: str,
    version: str | None,
    *,
    topics: Topics,
    policy: Policy,
    treatment: str | None = None,
) -> Chosen:
    """The version of that name; None: the draft, else the current one. Raises LifecycleError."""
    async with database.connection() as connection:
        stored = await lifecycle.find(connection, campaign_id)
        if version:
            found = await choose_version(connection, stored, version)
        else:
            found = stored.draft or stored.current
    trial = await prepare_trial(database, found, topics=topics, policy=policy, treatment=treatment)
    return Chosen(found, lifecycle.read_definition(found), trial)
