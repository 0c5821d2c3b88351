"""The audience that a campaign is executed for."""

from collections.abc import Collection, Iterator

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.channels import did_you_mean
from consumer.campaigns.review.table import found
from schemas.campaign import CampaignFile


def review_audience(file: CampaignFile) -> Iterator[Finding]:
    """What is known without the audiences."""
    if file.lane == "high-throughput" and (file.audience or file.throttle):
        yield found("audience_in_fast_lane", "audience" if file.audience else "throttle")


def review_audience_name(file: CampaignFile, audiences: Collection[str]) -> Iterator[Finding]:
    """`audiences` are the ids of those that there are."""
    if file.audience and file.audience not in audiences:
        meant = did_you_mean(file.audience, sorted(audiences))
        yield found("unknown_audience", "audience", name=file.audience, meant=meant)
