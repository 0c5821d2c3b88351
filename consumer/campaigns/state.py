"""From what the database says of a campaign to what the rules work on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from consumer.rules.campaign import Campaign, CampaignChannel, NotLive, build_campaign
from consumer.store.registry import StoredState
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class Unexecutable:
    """A live version that this Clarion cannot execute, for example one that a newer Clarion activated.

    It is a kind of its own, as every other answer would lie: the campaign is known, and it is live. Its
    triggers are to be dead-lettered as `internal_error` and replayed once it is fixed; the version that was
    live before must not come back, and other campaigns must not wait.
    """

    version: int
    problem: str
    labels: frozenset[str] = frozenset()


CampaignState = Campaign | NotLive | Unexecutable


def read_state(stored: StoredState) -> CampaignState:
    """The state as the rules take it; a live version must come with its definition.

    A version that cannot be built is Unexecutable: this raises nothing.
    """
    labels = frozenset(stored.labels)
    if stored.archived:
        return NotLive("archived", stored.version, labels)
    if stored.status != "live":
        return NotLive(cast("Literal['draft', 'paused', 'stopped']", stored.status), stored.version, labels)
    try:
        configurations = {
            name: ChannelConfiguration.model_validate(definition)
            for name, definition in stored.configurations.items()
        }
        file = CampaignFile.model_validate(stored.definition)
        return build_campaign(stored.version, file, configurations)
    except KeyError as error:
        return Unexecutable(stored.version, f"there is no channel configuration {error}", labels)
    except (TypeError, ValueError) as error:
        return Unexecutable(stored.version, str(error), labels)


def live_version(state: CampaignState | None) -> int | None:
    """The version that need not be read again. An unexecutable one is: what it lacked may be there by now."""
    return state.version if isinstance(state, Campaign) else None


def with_senders(campaign: Campaign, configurations: Mapping[str, JsonObject]) -> Campaign:
    """The campaign with the senders of these configurations; its compiled templates stay as they are."""
    if not _names(campaign) & configurations.keys():
        return campaign
    channels = tuple(
        _with_sender(channel, _sender(configurations[channel.configuration]))
        if channel.configuration in configurations
        else channel
        for channel in campaign.channels
    )
    return replace(campaign, channels=channels)


def _with_sender(channel: CampaignChannel, sender: JsonObject) -> CampaignChannel:
    treatments = {name: replace(each, sender=sender) for name, each in channel.treatments.items()}
    return replace(channel, sender=sender, treatments=treatments)


def _names(campaign: Campaign) -> set[str]:
    return {channel.configuration for channel in campaign.channels}


def _sender(definition: JsonObject) -> JsonObject:
    return ChannelConfiguration.model_validate(definition).sender
