"""From what the database says of a campaign to what the rules work on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from consumer.rules.campaign import Campaign, NotLive, build_campaign
from consumer.store.registry import Standing
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class Broken:
    """A live version that this Clarion cannot execute, for example one that a newer Clarion activated.

    It is a kind of its own, as every other answer would lie: the campaign is known, and it is live. Its
    triggers are to be dead-lettered as `internal_error` and replayed once it is fixed; the version that was
    live before must not come back, and other campaigns must not wait.
    """

    version: int
    problem: str


Known = Campaign | NotLive | Broken


def understand(standing: Standing) -> Known:
    """What the standing means; a live one must come with its definition."""
    if standing.archived:
        return NotLive("archived", standing.version)
    if standing.status != "live":
        return NotLive(cast("Literal['draft', 'stopped']", standing.status), standing.version)
    try:
        configurations = {
            name: ChannelConfiguration.model_validate(definition)
            for name, definition in standing.configurations.items()
        }
        file = CampaignFile.model_validate(standing.definition)
        return build_campaign(standing.version, file, configurations)
    except KeyError as error:
        return Broken(standing.version, f"there is no channel configuration {error}")
    except (TypeError, ValueError) as error:
        return Broken(standing.version, str(error))


def live_version(known: Known | None) -> int | None:
    """The version that need not be read again. A broken one is: what it lacked may be there by now."""
    return known.version if isinstance(known, Campaign) else None


def with_senders(campaign: Campaign, configurations: Mapping[str, JsonObject]) -> Campaign:
    """The campaign with the senders of these configurations; its compiled templates stay as they are."""
    if not _names(campaign) & configurations.keys():
        return campaign
    channels = tuple(
        replace(channel, sender=_sender(configurations[channel.configuration]))
        if channel.configuration in configurations
        else channel
        for channel in campaign.channels
    )
    return replace(campaign, channels=channels)


def _names(campaign: Campaign) -> set[str]:
    return {channel.configuration for channel in campaign.channels}


def _sender(definition: JsonObject) -> JsonObject:
    return ChannelConfiguration.model_validate(definition).sender
