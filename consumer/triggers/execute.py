"""A batch's stages, in order: the one way from records that were read to all that comes of them."""

from collections.abc import Mapping, Sequence

from consumer.campaigns.state import CampaignState
from consumer.store.batch import BatchStore
from consumer.triggers.batch import Batch
from consumer.triggers.execution import Execution


async def execute(
    batch: Batch, campaigns: Mapping[str, CampaignState | None], store: BatchStore
) -> Sequence[Execution]:
    """Decide a batch by the rules of docs/rules.md. `campaigns` has each that the batch names.

    Returns the batch's executions: fewer than it began with, if the output of the first fills it.
    Raises the errors of consumer.store.
    """
    batch.judge_triggers(campaigns)
    batch.judge_recipients(await store.find_profiles(batch.identities()))
    batch.compose(await store.find_suppressions(batch.addresses()))
    batch.settle(await store.write(batch.work()))
    return batch.executions
