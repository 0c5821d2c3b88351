"""A batch while it is being decided: the bookkeeping between the pure rules and the database.

handle.py calls the stages in order and asks the database in between. A bug met on one record rejects that
record as `internal_error`, and stops no other.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from uuid import uuid4

import structlog

from consumer.campaigns.standing import Broken, Known
from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Outgoing
from consumer.kafka.topics import DELIVERY_BYTES_MAX
from consumer.rules import decide
from consumer.rules.address_keys import address_keys
from consumer.rules.allow_list import AllowList
from consumer.rules.campaign import Campaign
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery, Outcome, Profile, Rejection
from consumer.rules.policy import Policy
from consumer.store.work import Address, Claim, Creation, Identity, StoredProfile, Work, Written
from consumer.triggers.call import Call
from consumer.triggers.publish import Publisher
from schemas.channel import Channel
from schemas.ids import DeliveryId, delivery_id
from schemas.reasons import Reason
from schemas.trigger import Recipient

log = structlog.get_logger()

OUTPUT_BYTES_MAX = 16_000_000
"""Where a batch ends although it has more records: 20 recipients x 3 channels of large content add up."""


class Draft:
    def __init__(
        self,
        calls: list[Call],
        ownership: Ownership,
        *,
        lane: str,
        publisher: Publisher,
        now: datetime,
        policy: Policy,
        allow_list: AllowList | None = None,
    ) -> None:
        self.calls = calls
        self._retries = [call for call in calls if ownership.is_retry(call.record)]
        """Those that may have claims and profiles of an earlier try."""
        self._ownership = ownership
        self._lane = lane
        self._publisher = publisher
        self._now = now
        self._policy = policy
        self._allow_list = allow_list
        self._profiles: dict[Identity, StoredProfile] = {}
        self._creations: dict[Identity, Creation] = {}
        self._claims: dict[DeliveryId, Claim] = {}
        self._has_repeats = False
        """Of a delivery, by several triggers of this batch."""
        self._campaigns: Mapping[str, Known | None] = {}
        self._suppressions: Mapping[Address, Collection[str]] = {}
        self.size = 0
        """Bytes of the deliveries."""

    def judge_triggers(self, campaigns: Mapping[str, Known | None]) -> None:
        """Rules 3 to 7, for the calls that could be read."""
        self._campaigns = campaigns
        for call in self.calls:
            if not call.outcomes:
                _isolated(call, self._judge_trigger)

    def _judge_trigger(self, call: Call) -> None:
        assert call.trigger
        campaign = self._campaigns[call.trigger.campaign_id]
        if isinstance(campaign, Broken):
            call.reject(Reason.INTERNAL_ERROR, f"The campaign cannot be executed: {campaign.problem}.")
            return
        call.campaign = campaign if isinstance(campaign, Campaign) else None
        rejection = decide.judge_trigger(
            call.trigger, campaign, lane=self._lane, received_at=call.received_at, now=self._now
        )
        if rejection:
            call.outcomes.append(rejection)

    def identities(self) -> Iterator[Identity]:
        """Whose profiles to look up. A retry asks for all of its own, to find those it created before."""
        executed = chain.from_iterable(call.recipients() for call in self.calls if not call.outcomes)
        retried = chain.from_iterable(call.all_recipients() for call in self._retries)
        for recipient in chain(executed, retried):
            if not recipient.external:
                yield _identity(recipient)

    def judge_recipients(self, profiles: Mapping[Identity, StoredProfile]) -> None:
        """Rules 8 to 11 but suppression."""
        self._profiles = dict(profiles)
        for call in self._retries:
            call.created = [r for r in call.all_recipients() if self._is_created_by(call, r)]
        for call in self.calls:
            # One that was rejected as a whole is the only one to have an outcome by now.
            if not call.outcomes:
                _isolated(call, self._judge_call)

    def _judge_call(self, call: Call) -> None:
        for recipient in call.recipients():
            call.outcomes += self._judge_recipient(call, recipient)

    def _judge_recipient(self, call: Call, recipient: Recipient) -> Sequence[Candidate | Outcome]:
        assert call.campaign
        stored = None if recipient.external else self._profiles.get(_identity(recipient))
        profile = Profile(stored.attributes, stored.consents) if stored else None
        if rejection := decide.judge_identity(call.campaign, recipient, profile):
            return (rejection,)
        if profile is None and not recipient.external:
            self._create_profile(call, recipient)
        only = call.only[recipient.name] if call.only else None
        return decide.judge_channels(
            call.campaign,
            recipient,
            profile or UNKNOWN,
            only,
            consent_default=self._policy.consent_default,
        )

    def _create_profile(self, call: Call, recipient: Recipient) -> None:
        identity = _identity(recipient)
        creation = Creation(str(uuid4()), call.owner)
        self._creations[identity] = creation
        # The next call of this batch for the same person finds it as if it came in the next batch.
        self._profiles[identity] = StoredProfile(creation.id, {}, {}, call.owner)
        call.created.append(recipient)

    def addresses(self) -> Iterator[Address]:
        """The addresses to look up in the suppression list."""
        for call in self.calls:
            for outcome in call.outcomes:
                if isinstance(outcome, Candidate):
                    yield from self._addresses(outcome)

    def compose(self, suppressions: Mapping[Address, Collection[str]]) -> None:
        """The rest of rule 11, and rule 12. Calls after the one whose output fills the batch are left out."""
        self._suppressions = suppressions
        for position, call in enumerate(self.calls):
            _isolated(call, self._compose_call)
            if self.size > OUTPUT_BYTES_MAX:
                self._leave_out_after(position)
                return

    def _compose_call(self, call: Call) -> None:
        call.outcomes = [
            self._compose(call, outcome) if isinstance(outcome, Candidate) else outcome
            for outcome in call.outcomes
        ]

    def _leave_out_after(self, position: int) -> None:
        del self.calls[position + 1 :]
        owners = {call.owner for call in self.calls}
        self._retries = [call for call in self._retries if call.owner in owners]
        self._creations = {i: c for i, c in self._creations.items() if c.creator in owners}

    def _compose(self, call: Call, candidate: Candidate) -> Outcome:
        assert call.campaign
        assert call.trigger
        suppressed = self._why_suppressed(candidate) if self._suppressions else ()
        is_allowed = self._allow_list is None or self._allow_list.allows(self._addresses(candidate))
        composed = decide.compose(
            call.campaign, call.trigger.execution_id, candidate, suppressed, is_allowed=is_allowed
        )
        return self._encode(call, composed) if isinstance(composed, Delivery) else composed

    def _why_suppressed(self, candidate: Candidate) -> Collection[str]:
        found = (self._suppressions.get(address, ()) for address in self._addresses(candidate))
        return set(chain.from_iterable(found))

    def _addresses(self, candidate: Candidate) -> Iterator[Address]:
        for key in address_keys(candidate.channel, candidate.address, self._policy.phone_region):
            yield candidate.channel.value, key

    def _encode(self, call: Call, delivery: Delivery) -> Outcome:
        recipient = delivery.recipient
        stored = None if recipient.external else self._profiles.get(_identity(recipient))
        outgoing = self._publisher.delivery(call, delivery, stored.id if stored else None, self._now)
        size = len(outgoing.value or b"")
        if size > DELIVERY_BYTES_MAX:
            detail = f"The delivery would have more than {DELIVERY_BYTES_MAX:,} bytes."
            return Rejection(Reason.CONTENT_TOO_LARGE, detail, recipient, delivery.channel)
        self.size += size
        call.encoded[delivery.delivery_id] = outgoing
        return delivery

    def work(self) -> Work:
        """What the database is to write. Of equal deliveries in one batch, the first claims."""
        # The high-throughput lane has no claims: what comes twice is made twice, in one batch or in two.
        for call in self.calls if self._lane != "high-throughput" else ():
            owner = call.owner
            for delivery in call.deliveries():
                claim = Claim(owner, _fingerprint(delivery.recipient))
                self._has_repeats |= self._claims.setdefault(delivery.delivery_id, claim) is not claim
        releases = [(id_, call.owner) for call in self._retries for id_ in _undelivered(call)]
        return Work(
            self._ownership.group_id,
            self._ownership.topic,
            self._ownership.epochs,
            self._ownership.note_attempt([call.record for call in self.calls]),
            self._creations,
            releases,
            self._claims,
        )

    def settle(self, written: Written) -> None:
        """Rule 13, and the profiles as they stand by now."""
        moved = {i for i, p in written.profiles.items() if p.id != self._profiles[i].id}
        self._profiles |= written.profiles
        for call in self.calls:
            if call.created:
                call.created = [r for r in call.created if self._is_created_by(call, r)]
            if written.lost_claims or self._has_repeats:
                call.outcomes = [
                    self._settled(call, outcome, written) if isinstance(outcome, Delivery) else outcome
                    for outcome in call.outcomes
                ]
            for delivery in call.deliveries() if moved else ():
                if _identity(delivery.recipient) in moved:
                    self._encode(call, delivery)

    def _settled(self, call: Call, delivery: Delivery, written: Written) -> Outcome:
        id_ = delivery.delivery_id
        claim = written.lost_claims.get(id_) or self._claims[id_]
        is_owner = claim.owner == call.owner
        same_content = is_owner or claim.fingerprint == _fingerprint(delivery.recipient)
        return decide.settle(delivery, is_owner=is_owner, same_content=same_content)

    def outgoing(self) -> Iterator[Outgoing]:
        """All records of the batch, in the order of its calls."""
        for call in self.calls:
            for recipient in call.created:
                profile_id = self._profiles[_identity(recipient)].id
                yield self._publisher.profile_created(call, recipient, profile_id, self._now)
            for delivery in call.deliveries():
                yield call.encoded[delivery.delivery_id]
            if execution := self._publisher.execution(call, self._now):
                yield execution
            if letter := self._publisher.dead_letter(call, self._now):
                yield letter

    def valid_until(self) -> datetime | None:
        """When the first campaign that delivers here ends, or the first of its triggers is too old."""
        ends = (
            call.campaign.expires_at(call.received_at)
            for call in self.calls
            if call.campaign and any(call.deliveries())
        )
        return min(filter(None, ends), default=None)

    def _is_created_by(self, call: Call, recipient: Recipient) -> bool:
        profile = self._profiles.get(_identity(recipient))
        return profile is not None and profile.creator == call.owner


def _isolated(call: Call, step: Callable[[Call], None]) -> None:
    try:
        step(call)
    except Exception:
        log.exception("record failed by a fault of ours", **call.coordinates)
        call.reject(Reason.INTERNAL_ERROR, "Clarion met a fault of its own on this record; see its log.")


def _undelivered(call: Call) -> Iterator[DeliveryId]:
    """Every delivery id that an earlier try could have claimed and this one does not make."""
    delivered = {delivery.delivery_id for delivery in call.deliveries()}
    for recipient in call.all_recipients():
        assert call.trigger
        for channel in Channel:
            id_ = delivery_id(call.trigger.execution_id, recipient.namespace, recipient.user_id, channel)
            if id_ not in delivered:
                yield id_


def _identity(recipient: Recipient) -> Identity:
    return recipient.namespace, recipient.user_id


def _fingerprint(recipient: Recipient) -> bytes:
    return blake2b(recipient.canonical_content(), digest_size=16).digest()
