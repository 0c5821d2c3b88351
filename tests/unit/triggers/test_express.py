"""The express way makes what the rules make, leaves what it is not certain of, and is really taken."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.campaigns.registry import Registry
from consumer.exactly_once.handler import Ownership, Prepared
from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from consumer.monitoring.metrics import Metrics
from consumer.rules.policy import Policy
from consumer.rules.rule_set import RuleSets
from consumer.store.work import Identity, StoredProfile, Work, Written
from consumer.triggers.express.batch import ExpressBatch
from consumer.triggers.handle import CampaignHandler
from consumer.triggers.publish import Publisher
from consumer.triggers.terms import Terms
from proof.ways.compare import Comparison
from proof.ways.memory import Campaigns, MemoryStore
from schemas.ids import delivery_id, execution_id
from schemas.place import Place
from tests.builders import EMAIL, PUSH, SMS, live, recipient, record, trigger

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
ALICE = ("email", "alice@example.com")
KNOWN = {ALICE: StoredProfile("profile-1", {}, {}, None)}
METRICS = Metrics("unitary")


class Counted(MemoryStore):
    """Notes what it is asked to write."""

    def __init__(self, profiles: Mapping[Identity, StoredProfile] = KNOWN) -> None:
        super().__init__("unitary", profiles, {})
        self.works: list[Work] = []

    async def write(self, work: Work) -> Written:
        self.works.append(work)
        return await super().write(work)


async def prepared(*records: Record, store: MemoryStore, **changes: Any) -> Prepared:
    handler = CampaignHandler(
        lane="unitary",
        registry=cast("Registry", Campaigns({"welcome": live(**changes)}, (), RuleSets())),
        store=store,
        publisher=Publisher(Topics("clarion.")),
        metrics=METRICS,
        policy=Policy(),
        clock=lambda: NOW,
    )
    ownership = Ownership("group", "clarion.triggers", {0: 1}, {0: 0})
    return await handler.prepare(records, ownership, {})


def outcomes(found: Prepared) -> Sequence[Any]:
    executions = [each for each in found.outgoing if each.topic == "clarion.executions"]
    return [orjson.loads(each.value or b"")["outcomes"] for each in executions]


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
async def test_both_ways_make_the_same_records(seed: int) -> None:
    """`make prove` does it for 100,000 triggers."""
    await Comparison(Random(seed)).run(2)  # noqa: S311 - repeatable


@pytest.mark.parametrize("kind", ["aep", "external"])
async def test_the_common_shape_goes_the_express_way(kind: str) -> None:
    """With 20 recipients, three channels, a locale, and a profile's language too."""
    data = {"mobilePhoneNumber": "12345", "pushInfo": {"token": "t"}}
    people = [recipient(f"{n}@example.com", type=kind, locale="en-GB", channelData=data) for n in range(20)]
    store = Counted({("email", f"{n}@example.com"): KNOWN[ALICE] for n in range(20)})
    several = {"channels": {"email": EMAIL, "sms": SMS, "push": PUSH}}
    found = await prepared(record(trigger(*people)), store=store, **several)
    assert len(found.outgoing) == 61
    # The rules, had anything been left to them, would have written again.
    [work] = store.works
    assert len(work.claims) == 60


async def test_a_batch_with_nothing_for_the_express_way_is_written_once() -> None:
    store = Counted()
    await prepared(record(trigger(), headers=(("clarion.attempt", b"1"),)), store=store)
    assert len(store.works) == 1


async def test_a_request_that_comes_twice_is_claimed_by_the_first_also_where_it_is_left() -> None:
    """The first of them has an attachment, which the express way does not know."""
    alone = trigger(recipient(attachments=[{"name": "a"}]), requestId="r")
    again = trigger(requestId="r")
    found = await prepared(record(alone), record(again, offset=1), store=Counted())
    first, second = outcomes(found)
    assert first[0]["outcome"] == "delivery"
    assert second[0]["reason"] == "request_conflict"


async def test_what_is_left_after_its_claim_is_decided_as_a_retry() -> None:
    """Between the claim of two deliveries, one of which is lost, and the rules, the profile goes."""

    class Going(Counted):
        async def write(self, work: Work) -> Written:
            written = await super().write(work)
            self.profiles.clear()
            return written

    store, value = Going(), trigger(requestId="r")
    execution = execution_id("welcome", "r")
    lost, kept = (delivery_id(execution, *ALICE, channel) for channel in ("email", "sms"))
    both = {"channels": {"email": EMAIL, "sms": SMS}, "createProfiles": False}
    value["recipients"][0]["channelData"] = {"mobilePhoneNumber": "12345"}
    other = Place("clarion.triggers", 5, 5)
    await prepared(record(value), store=store, **both)
    store.profiles.update(KNOWN)
    store.claims[lost] = store.claims[lost]._replace(owner=other)
    del store.claims[kept]
    found = await prepared(record(value), store=store, **both)
    assert outcomes(found) == [
        [{"recipient": ":".join(ALICE), "outcome": "rejection", "reason": "unknown_profile"}]
    ]
    # The rules did not deliver it, so nobody may hold it: it could never be sent again.
    assert store.claims.keys() == {lost}


async def test_a_bug_of_the_express_way_leaves_the_record_to_the_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("consumer.triggers.express.batch.make", broken)
    found = await prepared(record(trigger()), store=Counted())
    assert outcomes(found)[0][0]["outcome"] == "delivery"


def test_a_campaign_with_a_member_that_the_express_way_does_not_know_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consumer.triggers.express.forms._UNKNOWN", ["context"])
    terms = Terms("unitary", Publisher(Topics("clarion.")), Policy())
    records = [record(trigger())]

    def is_read(**changes: Any) -> bool:
        batch = ExpressBatch(records, Ownership("group", "clarion.triggers", {0: 1}), terms, NOW)
        campaigns: Iterable[Any] = [live(**changes)]
        return batch.read({each.id: each for each in campaigns}.get, {}, cast("Any", None))

    assert is_read()
    with pytest.raises(TypeError):
        is_read(context={"name": "Alice"})
