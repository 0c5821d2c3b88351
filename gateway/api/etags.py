"""Versions of drafts as HTTP knows them: who was slower than somebody else gets 412."""

from collections.abc import Iterator
from hashlib import sha256

from consumer.campaigns.errors import OvertakenError
from consumer.campaigns.lifecycle import Check
from consumer.store.campaigns import StoredCampaign, Version
from gateway.api.operation import Invocation
from schemas.json import canonical

_DIGEST_LENGTH = 16


def tag(version: Version) -> str:
    """A draft keeps its number when it is written again, so its content is part of the tag."""
    digest = sha256(canonical(version.definition)).hexdigest()[:_DIGEST_LENGTH]
    return f'"{version.number}-{digest}"'


def edited(campaign: StoredCampaign) -> Version:
    """What an author who changes the campaign begins with."""
    return campaign.draft or campaign.current


def check_tags(call: Invocation) -> Check:
    """Raises OvertakenError unless the campaign is as the headers If-Match and If-None-Match demand."""
    wanted = list(_tags(call.headers.get("if-match", "")))
    unwanted = list(_tags(call.headers.get("if-none-match", "")))

    def check(campaign: StoredCampaign | None) -> None:
        if wanted and not (campaign and _is_among(edited(campaign), wanted)):
            raise OvertakenError(call.values["id"])
        if unwanted and campaign and _is_among(edited(campaign), unwanted):
            raise OvertakenError(call.values["id"])

    return check


def _tags(header: str) -> Iterator[str]:
    for part in header.split(","):
        if text := part.strip().removeprefix("W/").strip('"'):
            yield text


def _is_among(version: Version, tags: list[str]) -> bool:
    """The number alone is taken too, from those who do not know the tag."""
    return bool({"*", str(version.number), tag(version).strip('"')}.intersection(tags))
