"""All that is looked at in a review, in the order of the campaign's file."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.audience import review_audience, review_audience_name
from consumer.campaigns.review.channels import review_configurations, review_locales
from consumer.campaigns.review.experiment import review_experiment
from consumer.campaigns.review.html import review_html
from consumer.campaigns.review.links import review_links
from consumer.campaigns.review.messages import review_messages
from consumer.campaigns.review.rule_set import review_rule_set, review_rule_set_name
from consumer.campaigns.review.settings import review_settings
from consumer.campaigns.review.templates import read_templates, review_templates
from consumer.campaigns.review.variables import review_variables
from consumer.campaigns.variables import collect
from schemas.campaign import CampaignFile, ChannelConfiguration


def review(
    file: CampaignFile,
    configurations: Mapping[str, ChannelConfiguration],
    now: datetime,
    rule_sets: Collection[str] = (),
    audiences: Collection[str] = (),
) -> list[Finding]:
    """All findings, errors first. With an error among them a campaign is not activated.

    `configurations`, `rule_sets` (ids) and `audiences` (ids) are those that there are.
    """
    return _errors_first(
        [
            *review_configurations(file, configurations),
            *review_rule_set_name(file, rule_sets),
            *review_audience_name(file, audiences),
            *_offline(file, now),
        ]
    )


def review_offline(file: CampaignFile, now: datetime) -> list[Finding]:
    """What can be found without knowing channel configurations, rule sets and audiences."""
    return _errors_first(list(_offline(file, now)))


def _offline(file: CampaignFile, now: datetime) -> Iterator[Finding]:
    yield from review_settings(file, now)
    yield from review_locales(file)
    yield from review_experiment(file)
    yield from review_rule_set(file)
    yield from review_audience(file)
    sources, findings = read_templates(file)
    findings += review_templates(file, sources)
    yield from findings
    variables = collect(sources)
    yield from review_variables(file, variables)
    yield from review_links(sources)
    yield from review_html(file, sources)
    if not any(finding.severity == "error" for finding in findings):
        yield from review_messages(file, variables)


def _errors_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.severity != "error")
