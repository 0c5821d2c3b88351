"""Several campaigns' files applied together."""

from collections.abc import Sequence

from consumer.campaigns.errors import LifecycleError, SetRefusedError
from consumer.campaigns.lifecycle import Done, apply_in
from consumer.store.database import Database
from consumer.store.registry import changing
from schemas.campaign import CampaignFile


async def apply_all(database: Database, files: Sequence[CampaignFile], *, activate: bool) -> list[Done]:
    """Make each the draft of its campaign, with `activate` also live: all of them, or none.

    Raises SetRefusedError, with what is said of each that is refused.
    """
    refusals: list[LifecycleError] = []
    done: list[Done] = []
    async with changing(database) as change:
        for file in files:
            try:
                done.append(await apply_in(change, file, activate=activate))
            except LifecycleError as error:
                refusals.append(error)
        if refusals:
            raise SetRefusedError(refusals, len(files))
    return done
