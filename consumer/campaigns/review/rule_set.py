"""The rule set that a campaign obeys."""

from collections.abc import Collection, Iterator

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.channels import did_you_mean
from consumer.campaigns.review.table import found
from schemas.campaign import CampaignFile


def review_rule_set(file: CampaignFile) -> Iterator[Finding]:
    """What is known without the rule sets."""
    if file.rule_set and file.lane == "high-throughput":
        yield found("rule_set_in_fast_lane", "ruleSet")
    elif file.rule_set and file.type == "transactional":
        yield found("rule_set_without_effect", "ruleSet")


def review_rule_set_name(file: CampaignFile, rule_sets: Collection[str]) -> Iterator[Finding]:
    """`rule_sets` are the ids of those that there are."""
    if file.rule_set and file.rule_set not in rule_sets:
        meant = did_you_mean(file.rule_set, sorted(rule_sets))
        yield found("unknown_rule_set", "ruleSet", name=file.rule_set, meant=meant)
