"""The verifier sees what is wrong: each test spoils an honest account in one way."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
import pytest

from proof.verify.checks import verify
from proof.verify.evidence import Evidence, Found, Place, Profile
from proof.verify.finding import Kind
from proof.workload import Mix, Outcome, Request
from proof.workload.campaigns import CHANNELS, Campaign
from proof.workload.maker import Maker, recipient
from proof.workload.request import NUMBER_HEADER

PARTITIONS = 3
START = datetime(2026, 1, 1, tzinfo=UTC)


def some_requests(count: int = 400) -> list[Request]:
    mix = Mix(7, partitions=PARTITIONS, rate=100, started_at=START + timedelta(days=1), seconds=60)
    return [mix.next() for _ in range(count)]


# --- an honest account ---------------------------------------------------------------------------------


class Account:
    """What topics and tables hold once every request was executed exactly once, in the order given."""

    def __init__(self, requests: Sequence[Request], executed_at: datetime = START) -> None:
        self.executed_at = executed_at
        self.topics: dict[str, list[Found]] = defaultdict(list)
        self.claims: dict[str, Place] = {}
        self.notes: dict[str, object] = {}
        self.profiles: dict[str, Profile] = {}
        for request in requests:
            self.execute(request)

    def put(self, topic: str, partition: int, key: bytes, value: Any, headers: dict[str, bytes]) -> Found:
        offset = sum(found.partition == partition for found in self.topics[topic])
        written = value if isinstance(value, bytes) else orjson.dumps(value)
        found = Found(topic, partition, offset, key, written, headers)
        self.topics[topic].append(found)
        return found

    def execute(self, request: Request) -> None:
        number = {NUMBER_HEADER: str(request.number).encode()}
        place = self.put("triggers", request.partition, request.key, request.value, number).place
        for name in sorted(request.creates - self.profiles.keys()):
            self.create(name, place)
        outcomes = [self.settle(request, outcome, place) for outcome in request.outcomes]
        if request.request_id is not None:
            self.tell(request, outcomes, place)
        failures = [outcome for outcome in outcomes if outcome.kind == "rejection"]
        if failures:
            self.reject(request, failures, place)

    def create(self, name: str, place: Place) -> None:
        id_ = str(uuid5(NAMESPACE_URL, name))
        self.profiles[name] = Profile(id_, place)
        namespace, _, user_id = name.partition(":")
        event = {"namespace": namespace, "userId": user_id, "profileId": id_}
        self.put("profiles", 0, name.encode(), event, {})

    def settle(self, request: Request, outcome: Outcome, place: Place) -> Outcome:
        message = outcome.message
        if message is None:
            return outcome
        if message.id in self.claims:
            is_same = self.notes[message.id] == message.content
            kind, reason = ("exclusion", "duplicate") if is_same else ("rejection", "request_conflict")
            return replace(outcome, kind=kind, reason=reason, message=None)
        self.claims[message.id], self.notes[message.id] = place, message.content
        self.deliver(request, outcome)
        return outcome

    def deliver(self, request: Request, outcome: Outcome) -> None:
        assert outcome.message
        assert outcome.recipient
        profile = self.profiles.get(outcome.recipient)
        namespace, _, user_id = outcome.recipient.partition(":")
        value = {
            "deliveryId": outcome.message.id,
            "executionId": request.execution_id,
            "requestId": request.request_id,
            "campaignId": request.campaign_id,
            "channel": outcome.channel,
            "recipient": {
                "namespace": namespace,
                "userId": user_id,
                "profileId": profile.id if profile else None,
            },
            "address": outcome.message.address,
            "content": outcome.message.content,
            "createdAt": self.executed_at.isoformat(timespec="milliseconds"),
        }
        partition = sum(outcome.recipient.encode()) % PARTITIONS
        self.put(f"deliveries.{outcome.channel}", partition, outcome.recipient.encode(), value, {})

    def tell(self, request: Request, outcomes: list[Outcome], place: Place) -> None:
        value = {
            "executionId": request.execution_id,
            "requestId": request.request_id,
            "attempt": 1,
            "source": {"partition": place.partition, "offset": place.offset},
            "executedAt": self.executed_at.isoformat(),
            "outcomes": [told(outcome) for outcome in outcomes],
        }
        self.put("executions", 0, b"", value, {})

    def reject(self, request: Request, failures: list[Outcome], place: Place) -> None:
        listed = [{"recipient": f.recipient, "channel": f.channel, "reason": f.reason} for f in failures]
        headers = {
            NUMBER_HEADER: str(request.number).encode(),
            "clarion.reason": str(failures[0].reason).encode(),
            "clarion.origin.partition": str(place.partition).encode(),
            "clarion.origin.offset": str(place.offset).encode(),
        }
        if failures[0].recipient:
            headers["clarion.failures"] = orjson.dumps(listed)
        self.put("dead-letters", 0, request.key, request.value, headers)

    def evidence(self) -> Evidence:
        deliveries = {channel: self.topics[f"deliveries.{channel}"] for channel in CHANNELS}
        ends = dict(Counter(found.partition for found in self.topics["triggers"]))
        return Evidence(
            triggers=self.topics["triggers"],
            deliveries=deliveries,
            executions=self.topics["executions"],
            dead_letters=self.topics["dead-letters"],
            profile_events=self.topics["profiles"],
            claims=self.claims,
            profiles=self.profiles,
            profile_ids={name: profile.id for name, profile in self.profiles.items()},
            committed=ends,
            ends=ends,
            held_back=[],
            followed=frozenset((f.topic, *f.place) for records in deliveries.values() for f in records),
        )


def told(outcome: Outcome) -> dict[str, object]:
    id_ = outcome.message.id if outcome.message else None
    fields = {"recipient": outcome.recipient, "channel": outcome.channel, "outcome": outcome.kind}
    fields |= {"reason": outcome.reason, "deliveryId": id_}
    return {name: value for name, value in fields.items() if value is not None}


def test_an_honest_account_has_no_findings() -> None:
    requests = some_requests()
    kinds = Counter(outcome.kind for request in requests for outcome in request.outcomes)
    assert min(kinds["delivery"], kinds["exclusion"], kinds["rejection"]) > 20, "there is something to tell"

    assert verify(requests, Account(requests).evidence()) == []


# --- spoiled accounts ----------------------------------------------------------------------------------

Spoil = Callable[[Evidence], Evidence]


def email(evidence: Evidence, change: Callable[[list[Found]], list[Found]]) -> Evidence:
    changed = change(list(evidence.deliveries["email"]))
    return replace(evidence, deliveries={**evidence.deliveries, "email": changed}, followed=None)


def changed(found: Found, **fields: object) -> Found:
    return replace(found, value=orjson.dumps({**found.json, **fields}))


SPOILED: dict[str, tuple[Spoil, Kind, str]] = {
    "a delivery is missing": (lambda e: email(e, lambda r: r[1:]), Kind.LOST, "deliveries"),
    "a delivery is there twice": (
        lambda e: email(e, lambda r: [*r, replace(r[0], offset=9_999)]),
        Kind.DUPLICATED,
        "deliveries",
    ),
    "a delivery is of nobody's": (
        lambda e: email(e, lambda r: [*r, changed(r[0], deliveryId="no")]),
        Kind.PHANTOM,
        "deliveries",
    ),
    "a delivery says something else": (
        lambda e: email(e, lambda r: [changed(r[0], content={}), *r[1:]]),
        Kind.WRONG,
        "deliveries",
    ),
    "an execution is missing": (
        lambda e: replace(e, executions=e.executions[1:]),
        Kind.LOST,
        "executions",
    ),
    "an execution is there twice": (
        lambda e: replace(e, executions=[*e.executions, e.executions[0]]),
        Kind.DUPLICATED,
        "executions",
    ),
    "an execution tells another outcome": (
        lambda e: replace(e, executions=[changed(e.executions[0], outcomes=[]), *e.executions[1:]]),
        Kind.WRONG,
        "executions",
    ),
    "an execution is of no trigger": (
        lambda e: replace(
            e, executions=[*e.executions, changed(e.executions[0], source={"partition": 9, "offset": 9})]
        ),
        Kind.PHANTOM,
        "executions",
    ),
    "a trigger is missing": (lambda e: replace(e, triggers=e.triggers[:-1]), Kind.LOST, "triggers"),
    "a dead letter is missing": (
        lambda e: replace(e, dead_letters=e.dead_letters[1:]),
        Kind.LOST,
        "dead letters",
    ),
    "a dead letter is there twice": (
        lambda e: replace(e, dead_letters=[*e.dead_letters, e.dead_letters[0]]),
        Kind.DUPLICATED,
        "dead letters",
    ),
    "a dead letter is not the original": (
        lambda e: replace(e, dead_letters=[replace(e.dead_letters[0], value=b"other"), *e.dead_letters[1:]]),
        Kind.WRONG,
        "dead letters",
    ),
    "a profile is not announced": (
        lambda e: replace(e, profile_events=e.profile_events[1:]),
        Kind.LOST,
        "profiles",
    ),
    "a profile is announced twice": (
        lambda e: replace(e, profile_events=[*e.profile_events, e.profile_events[0]]),
        Kind.DUPLICATED,
        "profiles",
    ),
    "a profile is announced by another id": (
        lambda e: replace(
            e, profile_events=[changed(e.profile_events[0], profileId="no"), *e.profile_events[1:]]
        ),
        Kind.WRONG,
        "profiles",
    ),
    "a claim is missing": (
        lambda e: replace(e, claims=dict(list(e.claims.items())[1:])),
        Kind.LOST,
        "claims",
    ),
    "a claim is left over": (
        lambda e: replace(e, claims={**e.claims, "no": Place(0, 0)}),
        Kind.PHANTOM,
        "claims",
    ),
    "a claim is another record's": (
        lambda e: replace(e, claims=dict.fromkeys(e.claims, Place(0, 9_999))),
        Kind.WRONG,
        "claims",
    ),
    "the group is not at the end": (lambda e: replace(e, committed={}), Kind.UNSETTLED, "offsets"),
    "a transaction is open": (lambda e: replace(e, held_back=["a place"]), Kind.UNSETTLED, "transactions"),
    "a reader missed something": (lambda e: replace(e, followed=frozenset()), Kind.LOST, "followed"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_spoiled_is_found(name: str) -> None:
    spoil, kind, check = SPOILED[name]
    requests = some_requests()

    findings = verify(requests, spoil(Account(requests).evidence()))

    assert (kind, check) in {(finding.kind, finding.check) for finding in findings}


def test_two_messages_of_one_person_the_wrong_way_round_are_found() -> None:
    maker, requests = Maker(1), []
    for maker.number in range(2):
        requests.append(maker.request(Campaign("proof-receipt"), 0, [recipient("regular-1@proof.example")]))
    evidence = Account(requests).evidence()

    findings = verify(requests, email(evidence, lambda r: [replace(r[0], offset=1), replace(r[1], offset=0)]))

    assert [finding.kind for finding in findings] == [Kind.MISORDERED]


# --- what may come out either way ------------------------------------------------------------------------


def same_request_on_two_partitions() -> list[Request]:
    maker, campaign = Maker(1), Campaign("proof-receipt")
    first = maker.request(campaign, 0, [recipient("regular-1@proof.example")])
    assert first.body
    maker.number = 1
    return [first, maker.written(campaign, 1, first.body)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_equal_requests_on_two_partitions_either_may_come_first(order: int) -> None:
    requests = same_request_on_two_partitions()

    assert verify(requests, Account(requests[::order]).evidence()) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_campaign_that_ends_is_judged_by_when_it_was_executed(days: int) -> None:
    maker = Maker(1)
    request = maker.request(Campaign("proof-window", end=START), 0, [recipient("regular-1@proof.example")])
    rejected = replace(
        request, outcomes=(Outcome(None, None, "rejection", "after_end"),), creates=frozenset()
    )
    executed = request if days < 0 else rejected

    assert verify([request], Account([executed], START + timedelta(days=days)).evidence()) == []


def test_a_delivery_after_the_end_of_its_campaign_is_found() -> None:
    maker = Maker(1)
    request = maker.request(Campaign("proof-window", end=START), 0, [recipient("regular-1@proof.example")])

    findings = verify([request], Account([request], START + timedelta(days=1)).evidence())

    assert {finding.kind for finding in findings} >= {Kind.WRONG, Kind.PHANTOM}
