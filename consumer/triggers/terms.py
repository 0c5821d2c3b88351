"""What all triggers of a batch are executed by."""

from dataclasses import dataclass

from consumer.rules.allow_list import AllowList
from consumer.rules.policy import Policy
from consumer.rules.rule_set import RuleSets
from consumer.triggers.publish import Publisher


@dataclass(frozen=True, slots=True)
class Terms:
    lane: str
    publisher: Publisher
    policy: Policy
    allow_list: AllowList | None = None
    """None while it is off."""
    rule_sets: RuleSets | None = None
    """None to ask none."""

    @property
    def has_database(self) -> bool:
        """The high-throughput lane has no claims: what comes twice is made twice, in one batch or in two."""
        return self.lane != "high-throughput"
