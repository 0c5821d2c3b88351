"""What becomes of one trigger record: a campaign, outcomes, and the records that go out for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from consumer.kafka.record import Outgoing
from consumer.rules.campaign import Campaign
from consumer.rules.outcome import Candidate, Delivery, Held, Outcome, Rejection
from consumer.rules.rule_set import RuleSet
from consumer.triggers.call import Call
from schemas.ids import DeliveryId
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger


@dataclass(slots=True, eq=False)
class Execution:
    call: Call
    now: datetime
    """The clock reading by which all of it is decided."""
    campaign: Campaign | None = None
    """The live version, where there is one."""
    outcomes: list[Outcome] = field(default_factory=list)
    """One for the whole trigger, or one for each recipient and channel; none while it is not decided."""
    encoded: dict[DeliveryId, Outgoing] = field(default_factory=dict)
    """The deliveries as they go out."""
    created: list[Recipient] = field(default_factory=list)
    """Recipients that get a profile, or got one when this record was tried before."""
    rule_set: RuleSet | None = None
    """Whose quiet hours and caps its messages obey."""
    leaves_original_out: bool = False
    """Because no topic takes a dead letter with it."""

    def reject(self, reason: Reason, detail: str) -> None:
        """Reject the whole trigger, whatever was found so far."""
        self.outcomes = [Rejection(reason, detail)]

    def deliveries(self) -> Iterator[Delivery]:
        return (outcome for outcome in self.outcomes if isinstance(outcome, Delivery))

    def held(self) -> list[Held]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Held)]

    def rejections(self) -> list[Rejection]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Rejection)]


class Accepted(NamedTuple):
    """A trigger that rules 1 to 7 let pass, on its way through the others."""

    trigger: Trigger
    campaign: Campaign
    execution: Execution
    found: list[Candidate | Outcome]
    """What rules 8 to 11 found for each recipient and channel, in their order."""


def begin(call: Call, now: datetime) -> Execution:
    """The execution of a call of which nothing is decided, unless rules 1 and 2 have rejected it."""
    execution = Execution(call, now)
    if isinstance(call.read, UnreadableTrigger):
        execution.reject(call.read.reason, call.read.detail)
    return execution
