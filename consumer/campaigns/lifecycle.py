"""The life of a campaign: draft, live, replaced or stopped, archived.

A version never changes once it was activated.

Each operation is one change to the registry (consumer/store/registry.py), of which there is one at a time:
two people who apply and activate in the same instant do so one after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from consumer.campaigns import recording
from consumer.campaigns.errors import (
    Finding,
    LifecycleError,
    UnknownCampaignError,
)
from consumer.campaigns.review import review
from consumer.store import campaigns as store
from consumer.store.audiences import list_audience_ids
from consumer.store.campaigns import StoredCampaign, Version
from consumer.store.configurations import find_configurations
from consumer.store.database import Connection, Database
from consumer.store.registry import Change, changing
from consumer.store.rule_sets import list_rule_sets
from schemas.campaign import CampaignFile


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did, or found done already, in a sentence."""

    version: int
    sentence: str
    findings: Sequence[Finding] = ()


Check = Callable[[StoredCampaign | None], None]
"""Looks at the campaign about to be changed, in the transaction of the change, and raises what forbids it."""


def anything(campaign: StoredCampaign | None) -> None:
    """The check that forbids nothing."""


async def apply(
    database: Database, file: CampaignFile, *, activate: bool = False, check: Check = anything
) -> Done:
    """Make the file the campaign's draft, unless it is the live version or the draft already.

    With `activate` it also goes live, or nothing of it is written.
    """
    async with changing(database) as change:
        return await apply_in(change, file, activate=activate, check=check)


async def apply_in(change: Change, file: CampaignFile, *, activate: bool, check: Check = anything) -> Done:
    """The same in a change that somebody has begun."""
    campaign = await store.find_campaign(change.connection, file.id)
    check(campaign)
    if campaign and campaign.archived_at:
        raise LifecycleError(f"Campaign '{file.id}' is archived; apply the file under another id.")
    findings = await review_file(change.connection, file)
    definition = file.definition()
    if campaign and campaign.live and campaign.live.definition == definition:
        return Done(campaign.live.number, _is_live_already(campaign, campaign.live), findings)
    if campaign and campaign.draft and campaign.draft.definition == definition:
        draft, sentence = campaign.draft.number, "is unchanged"
    else:
        draft, sentence = _draft_number(campaign), "is applied"
        await store.write_draft(change, file.id, draft, definition)
        await recording.draft(change.connection, campaign, file.id, draft, definition)
    if activate:
        return await _activate(change, file.id)
    return Done(draft, f"Campaign '{file.id}': draft {draft} {sentence}.", findings)


def _is_live_already(campaign: StoredCampaign, live: Version) -> str:
    beside = f"; its draft {campaign.draft.number} differs and stays as it is" if campaign.draft else ""
    return f"Campaign '{campaign.id}': the file is live already, as version {live.number}{beside}."


def _draft_number(campaign: StoredCampaign | None) -> int:
    if campaign is None:
        return 1
    return campaign.draft.number if campaign.draft else campaign.last.number + 1


async def activate(database: Database, campaign_id: str, check: Check = anything) -> Done:
    """Make the draft live, in place of the version that is. Refused while its review has errors."""
    async with changing(database) as change:
        check(await find(change.connection, campaign_id))
        return await _activate(change, campaign_id)


async def _activate(change: Change, campaign_id: str) -> Done:
    campaign = await find(change.connection, campaign_id)
    if campaign.archived_at:
        raise LifecycleError(f"Campaign '{campaign_id}' is archived; duplicate it to use it again.")
    if campaign.draft is None:
        if campaign.live:
            live = campaign.live.number
            return Done(
                live, f"Campaign '{campaign_id}' is live already, as version {live}, and has no draft."
            )
        raise LifecycleError(
            f"Campaign '{campaign_id}' has no draft, and what is stopped stays stopped; apply its file again."
        )
    draft = campaign.draft
    findings = await review_file(change.connection, read_definition(draft))
    if any(finding.severity == "error" for finding in findings):
        raise LifecycleError(f"Campaign '{campaign_id}' is not activated: its review has errors.", findings)
    await store.activate_version(change, campaign_id, draft.number)
    await recording.activation(change.connection, campaign, draft)
    instead = f"; it replaces version {campaign.live.number}" if campaign.live else ""
    return Done(draft.number, f"Campaign '{campaign_id}': version {draft.number} is live{instead}.", findings)


async def stop(database: Database, campaign_id: str, check: Check = anything) -> Done:
    """Stop the live version for good. A draft beside it stays."""
    async with changing(database) as change:
        campaign = await find(change.connection, campaign_id)
        check(campaign)
        if ending := campaign.live or campaign.paused:
            await store.stop_live_version(change, campaign_id)
            await recording.stop(change.connection, campaign)
            return Done(ending.number, f"Campaign '{campaign_id}': version {ending.number} is stopped.")
        if campaign.status == "draft" and campaign.last.number == 1:
            raise LifecycleError(
                f"Campaign '{campaign_id}' is a draft and was never live; activate or archive it."
            )
        return Done(campaign.last.number, f"Campaign '{campaign_id}' is not live: it is {campaign.status}.")


async def resume(database: Database, campaign_id: str, check: Check = anything) -> Done:
    """Execute a paused version again. What its guard counts begins from now."""
    async with changing(database) as change:
        campaign = await find(change.connection, campaign_id)
        check(campaign)
        if campaign.live:
            number = campaign.live.number
            return Done(number, f"Campaign '{campaign_id}' is live already, as version {number}.")
        if campaign.paused is None:
            raise LifecycleError(
                f"Campaign '{campaign_id}' is not paused: it is {campaign.status}; activate a draft instead."
            )
        await store.resume_paused_version(change, campaign_id)
        await recording.resume(change.connection, campaign)
        number = campaign.paused.number
        return Done(number, f"Campaign '{campaign_id}': version {number} is live again.")


async def archive(database: Database, campaign_id: str, check: Check = anything) -> Done:
    """Put a stopped campaign or a draft away; its id stays taken."""
    async with changing(database) as change:
        campaign = await find(change.connection, campaign_id)
        check(campaign)
        if campaign.live or campaign.paused:
            raise LifecycleError(
                f"Campaign '{campaign_id}' is {campaign.status}; stop it before you archive it."
            )
        if campaign.archived_at:
            return Done(campaign.last.number, f"Campaign '{campaign_id}' is archived already.")
        await store.archive_campaign(change, campaign_id)
        await recording.archiving(change.connection, campaign)
        return Done(campaign.last.number, f"Campaign '{campaign_id}' is archived.")


async def duplicate(database: Database, campaign_id: str, new_id: str, check: Check = anything) -> Done:
    """Copy the live version, else the draft, else the last version, into the draft of a new campaign."""
    async with changing(database) as change:
        campaign = await find(change.connection, campaign_id)
        check(campaign)
        source = campaign.current
        if await store.find_campaign(change.connection, new_id):
            raise LifecycleError(f"There is a campaign '{new_id}' already; name another with --as.")
        try:
            copy = CampaignFile.model_validate({**source.definition, "id": new_id})
        except ValidationError:
            raise LifecycleError(f"'{new_id}' cannot be a campaign's id; name another with --as.") from None
        await store.write_draft(change, new_id, 1, copy.definition())
        await recording.duplication(change.connection, new_id, campaign_id, source)
        return Done(1, f"Campaign '{new_id}': draft 1 is a copy of '{campaign_id}' version {source.number}.")


async def find(connection: Connection, campaign_id: str) -> StoredCampaign:
    """The campaign. Raises LifecycleError when there is none."""
    if campaign := await store.find_campaign(connection, campaign_id):
        return campaign
    raise UnknownCampaignError(campaign_id)


def read_definition(version: Version) -> CampaignFile:
    """The version's file. Raises LifecycleError when it is not one by this Clarion's rules."""
    try:
        return CampaignFile.model_validate(version.definition)
    except ValidationError as error:
        raise LifecycleError(
            f"Version {version.number} was stored by another Clarion and cannot be read; apply its file."
        ) from error


async def review_file(connection: Connection, file: CampaignFile) -> list[Finding]:
    stored = await find_configurations(connection)
    configurations = {name: found.configuration for name, found in stored.items()}
    rule_sets = {stored.id for stored in await list_rule_sets(connection)}
    audiences = await list_audience_ids(connection) if file.audience else ()
    return review(file, configurations, datetime.now(UTC), rule_sets, audiences)
