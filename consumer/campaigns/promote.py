"""The winner of an experiment becomes what everybody gets."""

from collections.abc import Mapping
from typing import Any

from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.lifecycle import Done, apply_in, find, read_definition
from consumer.rules.experiment import treatment_weights
from consumer.store.database import Database
from consumer.store.registry import changing
from schemas.campaign import CampaignFile


async def promote(database: Database, campaign_id: str, treatment: str) -> Done:
    """Make a live version of the live one, with this treatment's content for all and no experiment.

    Raises LifecycleError.
    """
    async with changing(database) as change:
        campaign = await find(change.connection, campaign_id)
        if campaign.live is None:
            raise LifecycleError(f"Campaign '{campaign_id}' is not live: it has no treatment to promote.")
        file = read_definition(campaign.live)
        if file.experiment is None:
            raise LifecycleError(
                f"Campaign '{campaign_id}': version {campaign.live.number} has no experiment."
            )
        names = treatment_weights(file.channels)
        if treatment not in names:
            known = ", ".join(names) or "none"
            raise LifecycleError(
                f"Campaign '{campaign_id}' has no treatment '{treatment}'; there are: {known}."
            )
        promoted = CampaignFile.model_validate(without_experiment(file.definition(), treatment))
        if campaign.draft and campaign.draft.definition != promoted.definition():
            raise LifecycleError(
                f"Campaign '{campaign_id}' has a draft, version {campaign.draft.number}, that would be lost; "
                "activate it, or promote the treatment by hand in its file."
            )
        return await apply_in(change, promoted, activate=True)


def without_experiment(definition: Mapping[str, Any], treatment: str) -> dict[str, Any]:
    """The definition with the treatment's content in place of all treatments."""
    channels = {
        name: _promoted(settings, treatment) if "treatments" in settings else settings
        for name, settings in definition["channels"].items()
    }
    return {name: each for name, each in definition.items() if name != "experiment"} | {"channels": channels}


def _promoted(settings: Mapping[str, Any], treatment: str) -> dict[str, Any]:
    content = settings["treatments"][treatment]["content"]
    return {name: each for name, each in settings.items() if name != "treatments"} | {"content": content}
