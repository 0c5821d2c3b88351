"""The version that somebody means: by its number, as the draft, or as the live one."""

from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError, OvertakenError
from consumer.campaigns.lifecycle import Check
from consumer.rules.campaign import Campaign, build_campaign
from consumer.store.campaigns import StoredCampaign, Version, find_version
from consumer.store.configurations import find_configurations
from consumer.store.database import Connection
from schemas.campaign import CampaignFile

_DIGITS_MAX = 9
"""PostgreSQL's integers end below 2^31."""


def expecting(version: int) -> Check:
    """The check that this version is still the draft, or is live by now: somebody may have been faster."""

    def check(campaign: StoredCampaign | None) -> None:
        if campaign and version not in {each.number for each in (campaign.draft, campaign.live) if each}:
            raise OvertakenError(campaign.id)

    return check


async def choose_version(connection: Connection, stored: StoredCampaign, version: str) -> Version:
    """The version of that number, the `draft`, or the `live` one. Raises LifecycleError."""
    if version in {"draft", "live"}:
        if found := stored.draft if version == "draft" else stored.live:
            return found
        fix = "apply its changed file" if version == "draft" else "activate its draft"
        raise LifecycleError(f"Campaign '{stored.id}' has no {version} version; {fix}, or give a number.")
    is_number = version.isascii() and version.isdigit() and len(version) <= _DIGITS_MAX
    if is_number and (found := await find_version(connection, stored.id, int(version))):
        return found
    raise LifecycleError(
        f"Campaign '{stored.id}' has no version '{version}'; its last is {stored.last.number}."
    )


async def find_file(
    connection: Connection, campaign_id: str, version: str | None = None
) -> tuple[Version, CampaignFile]:
    """A version (None: the live one, else the draft, else the last) with its file. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    chosen = await choose_version(connection, stored, version) if version else stored.current
    return chosen, lifecycle.read_definition(chosen)


async def build_version(connection: Connection, version: Version) -> Campaign:
    """The version as it is executed. Raises LifecycleError when it cannot be."""
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
