"""The claims of a batch: which of its deliveries are whose, by rule 13."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

from consumer.rules.decide import settle
from consumer.rules.outcome import Delivery, Outcome
from consumer.store.work import Claim
from consumer.triggers.execution import Execution
from schemas.channel import Channel
from schemas.ids import DeliveryId, delivery_id
from schemas.place import Place
from schemas.trigger import Recipient, Trigger


class Claims:
    def __init__(self) -> None:
        self.wanted: dict[DeliveryId, Claim] = {}
        """Of equal deliveries in one batch, the first claims."""
        self._has_repeats = False

    def want(self, executions: Iterable[Execution]) -> None:
        """Claim all that these deliver."""
        for execution in executions:
            owner = execution.call.place
            for delivery in execution.deliveries():
                claim = Claim(owner, fingerprint(delivery.recipient))
                self._has_repeats |= self.wanted.setdefault(delivery.delivery_id, claim) is not claim

    def settle(self, executions: Iterable[Execution], lost: Mapping[DeliveryId, Claim]) -> None:
        """Exclude or reject the deliveries that another record has claimed, before or in this batch."""
        if not lost and not self._has_repeats:
            return
        for execution in executions:
            execution.outcomes = [
                self._settled(outcome, execution.call.place, lost)
                if isinstance(outcome, Delivery)
                else outcome
                for outcome in execution.outcomes
            ]

    def _settled(self, delivery: Delivery, owner: Place, lost: Mapping[DeliveryId, Claim]) -> Outcome:
        id_ = delivery.delivery_id
        claim = lost.get(id_) or self.wanted[id_]
        is_owner = claim.owner == owner
        same_content = is_owner or claim.fingerprint == fingerprint(delivery.recipient)
        return settle(delivery, is_owner=is_owner, same_content=same_content)


def releases(retries: Iterable[Execution]) -> list[tuple[DeliveryId, Place]]:
    """Every delivery that an earlier try could have claimed and this one does not make."""
    return [(id_, retry.call.place) for retry in retries for id_ in _undelivered(retry)]


def _undelivered(retry: Execution) -> Iterator[DeliveryId]:
    trigger = retry.call.read
    if not isinstance(trigger, Trigger):
        return
    delivered = {delivery.delivery_id for delivery in retry.deliveries()}
    for recipient in trigger.recipients:
        for channel in Channel:
            id_ = delivery_id(trigger.execution_id, recipient.namespace, recipient.user_id, channel)
            if id_ not in delivered:
                yield id_


def fingerprint(recipient: Recipient) -> bytes:
    """Of all that the trigger gives for a recipient."""
    return blake2b(recipient.canonical_content(), digest_size=16).digest()
