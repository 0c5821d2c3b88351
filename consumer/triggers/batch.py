"""A batch while it is being decided: the bookkeeping between the pure rules and the database.

execute.py calls the stages in order and asks the database in between. Each goes over the whole batch: taking
one trigger after the other through all of them was measured 20 % slower.
A bug met on one record rejects that record as `internal_error`, and stops no other.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

import structlog

from consumer.campaigns.state import CampaignState, Unexecutable
from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Outgoing, Record
from consumer.kafka.topics import DELIVERY_BYTES_MAX
from consumer.rules import decide
from consumer.rules.address_keys import address_keys
from consumer.rules.campaign import Campaign
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery, Held, Outcome, Profile, Rejection
from consumer.store.work import Address, Identity, StoredProfile, Work, Written
from consumer.triggers.claims import Claims, releases
from consumer.triggers.counting import Counting
from consumer.triggers.execution import Accepted, Execution
from consumer.triggers.profiles import Profiles, identity
from consumer.triggers.terms import Terms
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger

log = structlog.get_logger()

OUTPUT_BYTES_MAX = 16_000_000
"""Where a batch ends although it has more records: 20 recipients x 3 channels of large content add up."""


class Batch:
    def __init__(
        self,
        executions: Sequence[Execution],
        ownership: Ownership,
        terms: Terms,
        is_retry: Callable[[Record], bool] | None = None,
    ) -> None:
        is_retry = is_retry or ownership.is_retry
        self.executions = list(executions)
        self.size = 0
        """Bytes of the deliveries."""
        self._retries = [each for each in executions if is_retry(each.call.record)]
        """Those that may have claims and profiles of an earlier try."""
        self._ownership = ownership
        self._terms = terms
        self._accepted: list[Accepted] = []
        self._profiles = Profiles()
        self._claims = Claims()
        self._counting = Counting(terms.rule_sets) if terms.rule_sets else None
        self._quiet_from: datetime | None = None
        """When the first quiet hours begin in which a message of this batch must not be sent."""
        self._suppressions: Mapping[Address, Collection[str]] = {}

    # --- rules 3 to 7 --------------------------------------------------------------------------------

    def judge_triggers(self, campaigns: Mapping[str, CampaignState | None]) -> None:
        """Accept or reject each trigger that could be read."""
        for execution in self.executions:
            trigger = execution.call.read
            if isinstance(trigger, Trigger) and not execution.outcomes:
                try:
                    self._judge_trigger(execution, trigger, campaigns[trigger.campaign_id])
                except Exception as error:  # noqa: BLE001 - logged
                    _fail(execution, error)

    def _judge_trigger(self, execution: Execution, trigger: Trigger, campaign: CampaignState | None) -> None:
        if isinstance(campaign, Unexecutable):
            detail = f"The campaign cannot be executed: {campaign.problem}."
            execution.reject(Reason.INTERNAL_ERROR, detail)
            return
        execution.campaign = campaign if isinstance(campaign, Campaign) else None
        judged = decide.judge_trigger(
            trigger,
            campaign,
            lane=self._terms.lane,
            received_at=execution.call.received_at,
            now=execution.now,
        )
        if isinstance(judged, Rejection):
            execution.outcomes = [judged]
        elif self._obeys_rule_set(execution, judged):
            self._accepted.append(Accepted(trigger, judged, execution, []))

    def _obeys_rule_set(self, execution: Execution, campaign: Campaign) -> bool:
        """Find the campaign's rule set; without it, nothing is sent."""
        if campaign.rule_set is None or campaign.message_type != "marketing" or not self._terms.rule_sets:
            return True
        execution.rule_set = self._terms.rule_sets.get(campaign.rule_set)
        if execution.rule_set is None:
            detail = f"There is no rule set {campaign.rule_set!r}, which campaign {campaign.id!r} obeys."
            execution.reject(Reason.INTERNAL_ERROR, detail)
        return execution.rule_set is not None

    # --- rules 8 to 11 -------------------------------------------------------------------------------

    def identities(self) -> Iterator[Identity]:
        """Whose profiles to look up. A retry asks for all of its own, to find those it created before."""
        executed = (each.execution.call.recipients() for each in self._accepted)
        retried = (each.call.all_recipients() for each in self._retries)
        for recipient in chain.from_iterable(chain(executed, retried)):
            if not recipient.external:
                yield identity(recipient)

    def judge_recipients(self, profiles: Mapping[Identity, StoredProfile]) -> None:
        """Find the candidates of each accepted trigger."""
        self._profiles.found(profiles)
        for retry in self._retries:
            retry.created = self._created_by(retry, retry.call.all_recipients())
        for accepted in self._accepted:
            _isolated(accepted, self._judge_recipients)

    def _judge_recipients(self, accepted: Accepted) -> None:
        for recipient in accepted.execution.call.recipients():
            accepted.found.extend(self._judge_recipient(accepted, recipient))

    def _judge_recipient(self, accepted: Accepted, recipient: Recipient) -> Sequence[Candidate | Outcome]:
        campaign, call = accepted.campaign, accepted.execution.call
        stored = self._profiles.of(recipient)
        profile = Profile(stored.attributes, stored.consents) if stored else None
        if rejection := decide.judge_identity(campaign, recipient, profile):
            return (rejection,)
        if profile is None and not recipient.external:
            self._profiles.create(recipient, call.place)
            accepted.execution.created.append(recipient)
        return decide.judge_channels(
            campaign,
            recipient,
            profile or UNKNOWN,
            call.replayed_pairs[recipient.name] if call.replayed_pairs else None,
            consent_default=self._terms.policy.consent_default,
        )

    def addresses(self) -> Iterator[Address]:
        """The addresses to look up in the suppression list."""
        for accepted in self._accepted:
            for found in accepted.found:
                if isinstance(found, Candidate):
                    yield from self._keys(found)

    def _keys(self, candidate: Candidate) -> Iterator[Address]:
        for key in address_keys(candidate.channel, candidate.address, self._terms.policy.phone_region):
            yield candidate.channel.value, key

    # --- the rest of rule 11, and rule 12 ------------------------------------------------------------

    def compose(self, suppressions: Mapping[Address, Collection[str]]) -> None:
        """Make the messages. Triggers after the one whose output fills the batch are left out."""
        self._suppressions = suppressions
        for accepted in self._accepted:
            # Else a bug was met on it.
            if not accepted.execution.outcomes:
                _isolated(accepted, self._compose)
            if self.size > OUTPUT_BYTES_MAX:
                self._leave_out_after(accepted.execution)
                return

    def _compose(self, accepted: Accepted) -> None:
        accepted.execution.outcomes = [
            self._composed(accepted, found) if isinstance(found, Candidate) else found
            for found in accepted.found
        ]

    def _composed(self, accepted: Accepted, candidate: Candidate) -> Outcome:
        allow_list = self._terms.allow_list
        composed = decide.compose(
            accepted.campaign,
            accepted.trigger.execution_id,
            candidate,
            self._why_suppressed(candidate) if self._suppressions else (),
            is_allowed=allow_list is None or allow_list.allows(self._keys(candidate)),
            rule_set=accepted.execution.rule_set,
            now=accepted.execution.now,
        )
        if isinstance(composed, Held):
            # Each has a dead letter of its own, with the whole trigger.
            self.size += len(accepted.execution.call.record.value or b"")
        if not isinstance(composed, Delivery):
            return composed
        if rule_set := accepted.execution.rule_set:
            begin = rule_set.open_until(candidate.channel, candidate.attributes, accepted.execution.now)
            self._quiet_from = min(filter(None, (self._quiet_from, begin)), default=None)
        return self._encode(accepted, composed)

    def _why_suppressed(self, candidate: Candidate) -> Collection[str]:
        found = (self._suppressions.get(key, ()) for key in self._keys(candidate))
        return set(chain.from_iterable(found))

    def _encode(self, accepted: Accepted, delivery: Delivery) -> Outcome:
        stored = self._profiles.of(delivery.recipient)
        outgoing = self._terms.publisher.delivery(accepted, delivery, stored.id if stored else None)
        size = len(outgoing.value or b"")
        if size > DELIVERY_BYTES_MAX:
            detail = f"The delivery would have more than {DELIVERY_BYTES_MAX:,} bytes."
            return Rejection(Reason.CONTENT_TOO_LARGE, detail, delivery.recipient, delivery.channel)
        self.size += size
        accepted.execution.encoded[delivery.delivery_id] = outgoing
        return delivery

    def _leave_out_after(self, last: Execution) -> None:
        del self.executions[self.executions.index(last) + 1 :]
        kept = {execution.call.place for execution in self.executions}
        self._accepted = [each for each in self._accepted if each.execution.call.place in kept]
        self._retries = [each for each in self._retries if each.call.place in kept]
        self._profiles.keep_creations_of(kept)

    # --- rule 13 -------------------------------------------------------------------------------------

    def work(self) -> Work:
        """What the database is to write."""
        if self._terms.has_database:
            self._claims.want(self.executions)
            if self._counting:
                self._counting.want(self.executions, self._retries)
        return Work(
            self._ownership.group_id,
            self._ownership.topic,
            self._ownership.epochs,
            self._ownership.note_attempt([each.call.record for each in self.executions]),
            self._profiles.creations,
            releases(self._retries),
            self._claims.wanted,
            self._counting if self._counting and self._counting.is_needed else None,
        )

    def settle(self, written: Written) -> None:
        """Exclude what others have claimed, and take the profiles as they stand by now."""
        moved = self._profiles.written(written.profiles)
        for execution in self.executions:
            if execution.created:
                execution.created = self._created_by(execution, execution.created)
        if self._counting:
            self._counting.settle(self.executions)
        self._claims.settle(self.executions, written.lost_claims)
        for accepted in self._accepted if moved else ():
            for delivery in accepted.execution.deliveries():
                if identity(delivery.recipient) in moved:
                    self._encode(accepted, delivery)

    def _created_by(self, execution: Execution, recipients: Sequence[Recipient]) -> list[Recipient]:
        owner = execution.call.place
        return [recipient for recipient in recipients if self._profiles.is_created_by(owner, recipient)]

    # --- what comes of it ----------------------------------------------------------------------------

    def outgoing(self, execution: Execution) -> list[Outgoing]:
        """All records that go out for a trigger."""
        publisher = self._terms.publisher
        created = [
            publisher.profile_created(execution, recipient, profile.id)
            for recipient in execution.created
            if (profile := self._profiles.of(recipient))
        ]
        deliveries = [execution.encoded[delivery.delivery_id] for delivery in execution.deliveries()]
        record = publisher.execution(execution)
        return [
            *created,
            *deliveries,
            *((record,) if record else ()),
            *publisher.dead_letters(execution),
        ]

    def valid_until(self) -> datetime | None:
        """When the first campaign that delivers here ends, its trigger is too old, or quiet hours begin."""
        ends = (
            campaign.expires_at(execution.call.received_at)
            for _, campaign, execution, _ in self._accepted
            if any(execution.deliveries())
        )
        return min(filter(None, (self._quiet_from, *ends)), default=None)


def _isolated(accepted: Accepted, step: Callable[[Accepted], None]) -> None:
    try:
        step(accepted)
    except Exception as error:  # noqa: BLE001 - logged
        _fail(accepted.execution, error)


def _fail(execution: Execution, error: Exception) -> None:
    log.error("record failed by a bug in Clarion", **execution.call.log_fields, exc_info=error)
    execution.reject(Reason.INTERNAL_ERROR, "Clarion met a fault of its own on this record; see its log.")
