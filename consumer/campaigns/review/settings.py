"""The properties of a campaign, beside its channels."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.table import found
from schemas.campaign import CampaignFile
from schemas.namespace import ADDRESS_NAMESPACE

_MISTAKEN_NAMESPACES: Final = {
    "e-mail": "email",
    "mail": "email",
    "mobile": "phone",
    "push": "ecid",
    "sms": "phone",
    "tel": "phone",
    "telephone": "phone",
}
"""What people write for a channel's own namespace: as custom namespaces they are hardly ever meant."""


def review_settings(file: CampaignFile, now: datetime) -> Iterator[Finding]:
    yield from _review_dates(file, now)
    yield from _review_lane(file)
    yield from _review_namespace(file)
    if "system" in file.context:
        yield found("reserved_context", "context.system")
    if file.type == "marketing" and file.create_profiles:
        yield found("no_consent_of_new_profiles", "createProfiles")


def _review_dates(file: CampaignFile, now: datetime) -> Iterator[Finding]:
    if file.start and file.end and file.start >= file.end:
        yield found("end_before_start", "end")
    elif file.end and file.end <= now:
        yield found("end_passed", "end")


def _review_lane(file: CampaignFile) -> Iterator[Finding]:
    if file.lane != "high-throughput":
        return
    if file.type != "transactional":
        yield found("wrong_lane", "lane")
    if file.create_profiles:
        yield found("lane_without_profiles", "createProfiles")


def _review_namespace(file: CampaignFile) -> Iterator[Finding]:
    if meant := _MISTAKEN_NAMESPACES.get(file.namespace):
        yield found("mistaken_namespace", "namespace", namespace=file.namespace, meant=meant)
        return
    has_no_profiles = file.create_profiles or file.lane == "high-throughput"
    uses_user_id = any(ADDRESS_NAMESPACE.get(channel) == file.namespace for channel in file.channels.used())
    if has_no_profiles and not uses_user_id:
        channels = " or ".join(file.channels.used())
        yield found("namespace_without_address", "namespace", namespace=file.namespace, channels=channels)
