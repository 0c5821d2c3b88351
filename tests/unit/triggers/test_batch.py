"""A batch on its way through the rules, with what the look-ups gave as arguments."""

from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consumer.campaigns.state import CampaignState, Unexecutable
from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Outgoing, Record
from consumer.kafka.topics import Topics
from consumer.rules.allow_list import AllowList
from consumer.rules.outcome import Delivery
from consumer.rules.policy import Policy
from consumer.store.batch import BatchStore
from consumer.store.work import Address, Claim, Identity, StoredProfile, Work, Written
from consumer.triggers.batch import Batch
from consumer.triggers.call import read_call
from consumer.triggers.execute import execute
from consumer.triggers.execution import begin
from consumer.triggers.publish import Publisher
from consumer.triggers.terms import Terms
from schemas.channel import Channel
from schemas.place import Place
from schemas.reasons import Reason
from tests.builders import EMAIL, PUSH, SMS, Json, failure, live, recipient, record, replayed, trigger

T = TypeVar("T")
NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
ALICE = ("email", "alice@example.com")
ALL_CHANNELS: dict[str, Any] = {"channels": {"email": EMAIL, "sms": SMS, "push": PUSH}}
PUSH_AND_SMS = {"mobilePhoneNumber": "12345", "pushInfo": {"token": "t"}}


class Store(BatchStore):
    """Has what a test gives it, and notes what it is asked for."""

    records_at_once = 1_000

    def __init__(
        self,
        profiles: Mapping[Identity, StoredProfile],
        suppressions: Mapping[Address, Collection[str]],
        written: Written | None,
    ) -> None:
        self._profiles = profiles
        self._suppressions = suppressions
        self._written = written
        self.identities: set[Identity] = set()
        self.addresses: set[Address] = set()
        self.work: Work

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        self.identities = set(identities)
        return self._profiles

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        self.addresses = set(addresses)
        return {address: why for address, why in self._suppressions.items() if address in self.addresses}

    async def write(self, work: Work) -> Written:
        self.work = work
        created = {
            identity: StoredProfile(creation.id, {}, {}, creation.creator)
            for identity, creation in work.creations.items()
        }
        return self._written or Written(created, {})


class Executed:
    """A batch taken through all its stages."""

    def __init__(
        self,
        *records: Record,
        campaigns: Mapping[str, CampaignState | None] | None = None,
        profiles: Mapping[Identity, StoredProfile] | None = None,
        suppressions: Mapping[Address, Collection[str]] | None = None,
        written: Written | None = None,
        attempted: int = 0,
        lane: str = "unitary",
        policy: Policy | None = None,
        allow_list: AllowList | None = None,
    ) -> None:
        known = {"welcome": live(), **(campaigns or {})}
        calls = [read_call(each) for each in records]
        named = {each.read.campaign_id: known.get(each.read.campaign_id or "") for each in calls}
        store = Store(profiles or {}, suppressions or {}, written)
        self.batch = Batch(
            [begin(call, NOW) for call in calls],
            Ownership("group", "clarion.triggers", {0: 1}, {0: attempted}),
            Terms(lane, Publisher(Topics("clarion.")), policy or Policy(), allow_list),
        )
        executing = execute(self.batch, {id_: each for id_, each in named.items() if id_}, store)
        self.executions = result_of(executing)
        self.identities, self.addresses, self.work = store.identities, store.addresses, store.work
        self.outgoing = [each for done in self.executions for each in self.batch.outgoing(done)]

    def told(self, position: int = 0) -> list[tuple[str | None, str | None, str]]:
        """Recipient, channel and `delivery` or the reason, for each outcome of a call."""
        found = []
        for outcome in self.executions[position].outcomes:
            who = outcome.recipient.name if outcome.recipient else None
            what = "delivery" if isinstance(outcome, Delivery) else outcome.reason.value
            found.append((who, outcome.channel.value if outcome.channel else None, what))
        return found

    def letters(self) -> list[Outgoing]:
        return [each for each in self.outgoing if each.topic == "clarion.dead-letters"]

    def values(self, topic: str) -> list[Any]:
        return [orjson.loads(each.value or b"") for each in self.outgoing if each.topic == f"clarion.{topic}"]


def result_of(coroutine: Coroutine[Any, Any, T]) -> T:
    """Of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")


def stored(**fields: Any) -> StoredProfile:
    known: dict[str, Any] = {"id": "stored", "attributes": {}, "consents": {}, "creator": None}
    return StoredProfile(**known | fields)


def reasons(batch: Executed, position: int = 0) -> list[str]:
    return [what for _, _, what in batch.told(position)]


def test_a_trigger_becomes_a_delivery_a_new_profile_and_an_execution() -> None:
    batch = Executed(record(trigger()))
    assert batch.told() == [("email:alice@example.com", "email", "delivery")]
    [created] = batch.values("profiles.created")
    [delivery] = batch.values("deliveries.email")
    assert delivery["recipient"]["profileId"] == created["profileId"] == batch.work.creations[ALICE].id
    assert len(batch.values("executions")) == 1
    assert batch.values("dead-letters") == []


def self_id(batch: Executed) -> str:
    return batch.work.creations[ALICE].id


def test_a_stored_profile_is_used_and_none_created() -> None:
    batch = Executed(
        record(trigger()), profiles={ALICE: stored(attributes={"personalEmail": {"address": "new@b.c"}})}
    )
    [delivery] = batch.values("deliveries.email")
    assert (delivery["address"], delivery["recipient"]["profileId"]) == ("new@b.c", "stored")
    assert not batch.work.creations


def test_an_external_recipient_is_not_looked_up_and_gets_no_profile() -> None:
    batch = Executed(record(trigger(recipient(type="external"))), profiles={ALICE: stored()})
    assert batch.identities == set()
    [delivery] = batch.values("deliveries.email")
    assert delivery["recipient"]["profileId"] is None
    assert not batch.work.creations


def test_an_external_recipient_of_a_marketing_campaign_is_excluded() -> None:
    consents = {"marketing": {"email": {"val": "y"}}}
    batch = Executed(
        record(trigger(recipient(type="external"))),
        campaigns={"welcome": live(type="marketing")},
        profiles={ALICE: stored(consents=consents)},
    )
    assert reasons(batch) == ["no_consent"]


def test_the_profile_is_created_even_if_later_rules_exclude_or_reject() -> None:
    for campaign in (live(type="marketing"), live(channels={"sms": SMS})):
        batch = Executed(record(trigger()), campaigns={"welcome": campaign})
        assert reasons(batch) != ["delivery"]
        assert len(batch.values("profiles.created")) == 1
        assert not batch.work.claims


def test_no_profile_is_created_for_a_recipient_that_rules_8_and_9_reject() -> None:
    mismatched = Executed(record(trigger(recipient(namespace="crm"))))
    assert reasons(mismatched) == ["namespace_mismatch"]
    unknown = Executed(record(trigger()), campaigns={"welcome": live(createProfiles=False)})
    assert unknown.told() == [("email:alice@example.com", None, "unknown_profile")]
    assert not mismatched.work.creations
    assert not unknown.work.creations


def test_one_person_named_by_two_triggers_of_a_batch_gets_one_profile() -> None:
    batch = Executed(record(trigger()), record(trigger(), offset=1))
    [created] = batch.values("profiles.created")
    assert [d["recipient"]["profileId"] for d in batch.values("deliveries.email")] == [
        created["profileId"]
    ] * 2


def test_a_profile_that_somebody_else_made_in_the_meantime_is_used_and_not_announced() -> None:
    batch = Executed(record(trigger()), written=Written({ALICE: stored(id="theirs")}, {}))
    [delivery] = batch.values("deliveries.email")
    assert delivery["recipient"]["profileId"] == "theirs"
    assert batch.values("profiles.created") == []


def test_suppressed_addresses_are_looked_up_in_the_lists_own_spelling() -> None:
    batch = Executed(
        record(trigger(recipient(channelData={"emailAddress": "Alice@Example.com"}))),
        suppressions={("email", "alice@example.com"): {"bounce"}},
    )
    assert batch.addresses == {("email", "alice@example.com"), ("email", "@example.com")}
    assert reasons(batch) == ["suppressed"]


def test_a_suppressed_address_beside_it_does_not_make_a_profile_known_that_a_later_trigger_creates() -> None:
    blocked = recipient("bob@b.c", type="external")
    batch = Executed(
        record(trigger(recipient(), blocked, campaignId="closed")),
        record(trigger(), offset=1),
        campaigns={"closed": live(id="closed", createProfiles=False)},
        suppressions={("email", "bob@b.c"): {"bounce"}},
    )
    assert reasons(batch) == ["unknown_profile", "suppressed"]


def test_suppressed_goes_before_what_cannot_be_rendered() -> None:
    call = record(trigger(context={}))
    assert reasons(Executed(call)) == ["missing_context"]
    blocked = Executed(call, suppressions={("email", "alice@example.com"): {"bounce"}})
    assert reasons(blocked) == ["suppressed"]


# --- claims ------------------------------------------------------------------------------------------------


def test_of_equal_requests_in_a_batch_the_first_delivers_and_the_next_is_a_duplicate() -> None:
    call = trigger()
    batch = Executed(record(call), record(call, offset=1))
    assert (reasons(batch, 0), reasons(batch, 1)) == (["delivery"], ["duplicate"])
    assert len(batch.values("deliveries.email")) == 1
    assert [claim.owner.offset for claim in batch.work.claims.values()] == [0]


def test_of_different_requests_with_one_id_the_next_conflicts() -> None:
    call = trigger()
    other = call | {"context": {"name": "Bob"}}
    batch = Executed(record(call), record(other, offset=1))
    assert (reasons(batch, 0), reasons(batch, 1)) == (["delivery"], ["request_conflict"])
    assert len(batch.values("deliveries.email")) == 1


def test_what_another_record_claimed_before_is_a_duplicate_or_a_conflict() -> None:
    call = record(trigger())
    [(delivery_id, claim)] = Executed(call).work.claims.items()
    theirs = Place("clarion.triggers", 1, 5)
    for fingerprint, expected in ((claim.fingerprint, "duplicate"), (b"other", "request_conflict")):
        batch = Executed(call, written=Written({}, {delivery_id: Claim(theirs, fingerprint)}))
        assert reasons(batch) == [expected]
        assert batch.values("deliveries.email") == []


def test_only_deliveries_claim() -> None:
    batch = Executed(
        record(trigger(recipient(), recipient("no address"))),
        record(trigger(campaignId="nope"), offset=1),
        record(b"{", offset=2),
    )
    assert len(batch.work.claims) == 1


def test_the_campaigns_part_is_not_compared() -> None:
    call = record(trigger())
    first, second = (
        Executed(call),
        Executed(call, campaigns={"welcome": live(version=2, context={"more": 1})}),
    )
    assert list(first.work.claims.values()) == list(second.work.claims.values())


def test_the_high_throughput_lane_claims_nothing_so_a_trigger_sent_twice_is_delivered_twice() -> None:
    """Whether both come in one batch or in two must make no difference."""
    call = trigger(recipient(type="external"))
    other = call | {"context": {"name": "Bob"}}
    batch = Executed(
        *(record(each, offset=n) for n, each in enumerate([call, call, other])),
        campaigns={"welcome": live(lane="high-throughput")},
        lane="high-throughput",
        written=Written({}, {}),
    )
    assert [reasons(batch, n) for n in range(3)] == [["delivery"]] * 3
    ids = [delivery["deliveryId"] for delivery in batch.values("deliveries.email")]
    subjects = [delivery["content"]["subject"] for delivery in batch.values("deliveries.email")]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert subjects == ["Hello Alice", "Hello Alice", "Hello Bob"]


# --- a second try after a crash --------------------------------------------------------------------------


def test_a_retry_releases_what_it_no_longer_delivers_and_announces_what_it_created() -> None:
    call = record(trigger())
    owner = Place("clarion.triggers", 0, 0)
    batch = Executed(
        call,
        campaigns={"welcome": live(end=NOW)},
        profiles={ALICE: stored(creator=owner)},
        attempted=1,
    )
    assert reasons(batch) == ["after_end"]
    first = Executed(call)
    assert {(id_, owner) for id_ in first.work.claims} <= set(batch.work.releases)
    assert len(batch.values("profiles.created")) == 1


def test_a_first_try_releases_nothing_and_a_retry_keeps_what_it_delivers() -> None:
    call = record(trigger())
    assert Executed(call).work.releases == []
    retry = Executed(call, attempted=1)
    assert not {id_ for id_, _ in retry.work.releases} & set(retry.work.claims)


# --- replays ---------------------------------------------------------------------------------------------


def test_a_replay_executes_the_failed_pairs_only() -> None:
    people = [recipient(channelData=PUSH_AND_SMS), recipient("bob@b.c", channelData=PUSH_AND_SMS)]
    batch = Executed(
        record(trigger(*people), headers=replayed([failure(channel="sms"), failure("email:bob@b.c", None)])),
        campaigns={"welcome": live(**ALL_CHANNELS)},
    )
    assert batch.told() == [
        ("email:alice@example.com", "sms", "delivery"),
        ("email:bob@b.c", "email", "delivery"),
        ("email:bob@b.c", "sms", "delivery"),
        ("email:bob@b.c", "push", "delivery"),
    ]


def test_a_failed_channel_that_is_gone_is_told() -> None:
    batch = Executed(record(trigger(), headers=replayed([failure(channel="sms")])))
    assert batch.told() == [("email:alice@example.com", "sms", "channel_removed")]


@pytest.mark.parametrize("name", ["email:bob@b.c", "nobody", "crm:alice@example.com"])
def test_failures_that_name_nobody_in_the_trigger_are_no_replays_headers(name: str) -> None:
    """Else a forged header would make a trigger vanish: no outcome, no dead letter."""
    batch = Executed(record(trigger(), headers=replayed([failure(name)])))
    assert batch.told() == [("email:alice@example.com", "email", "delivery")]
    assert batch.values("executions")[0]["attempt"] == 1


# --- faults of ours --------------------------------------------------------------------------------------


def test_a_campaign_that_cannot_be_built_is_an_internal_error() -> None:
    batch = Executed(record(trigger()), campaigns={"welcome": Unexecutable(2, "it needs a newer Clarion")})
    assert batch.told() == [(None, None, "internal_error")]


def test_a_fault_met_on_one_record_does_not_stop_its_neighbours() -> None:
    # No profile in the database looks like this: its attributes are no object.
    broken = stored(attributes=7)
    batch = Executed(
        record(trigger(recipient("bob@b.c"))),
        record(trigger(), offset=1),
        record(trigger(recipient("eve@b.c")), offset=2),
        profiles={ALICE: broken},
    )
    assert [reasons(batch, n) for n in range(3)] == [["delivery"], ["internal_error"], ["delivery"]]


@pytest.mark.parametrize("timestamp", [-1, 253_402_300_799_000, 2**63 - 1, -(2**63)])
def test_a_timestamp_that_no_clock_shows_stops_nothing(timestamp: int) -> None:
    """Where topics keep the producer's clock, it can say anything."""
    batch = Executed(record(trigger(), timestamp=timestamp), campaigns={"welcome": live(maxAge="15m")})
    assert reasons(batch) in (["delivery"], ["expired"])
    batch.batch.valid_until()


# --- output ----------------------------------------------------------------------------------------------


def test_a_batch_ends_where_its_output_fills_it() -> None:
    html = "{{ context.big }}" * 9
    content = {"en": {"subject": "s", "html": html}}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    big = trigger(*(recipient(f"{n}@b.c") for n in range(10)), context={"big": "x" * 100_000})
    batch = Executed(
        *(record(big | {"requestId": f"r-{n}"}, offset=n) for n in range(4)), campaigns={"welcome": campaign}
    )
    assert 1 <= len(batch.executions) < 4
    assert {creation.creator.offset for creation in batch.work.creations.values()} <= set(
        range(len(batch.executions))
    )
    assert batch.work.attempted == {0: len(batch.executions)}


def test_a_delivery_that_grows_too_large_by_escaping_is_rejected() -> None:
    content = {"en": {"subject": "s", "text": "{{ context.v }}" * 20}}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    batch = Executed(record(trigger(context={"v": "\x01" * 33_000})), campaigns={"welcome": campaign})
    assert reasons(batch) == ["content_too_large"]
    assert not batch.work.claims


def test_a_decision_is_right_until_the_first_window_closes_or_trigger_grows_too_old() -> None:
    sent = datetime.fromtimestamp(record(b"").timestamp / 1000, UTC)
    closing, ageing = NOW + timedelta(hours=1), sent + timedelta(days=9)
    campaigns = {"closing": live(id="closing", end=closing), "ageing": live(id="ageing", maxAge="9d")}
    first = record(trigger(campaignId="closing"))
    second = record(trigger(campaignId="ageing"), offset=1)
    assert Executed(first, second, campaigns=campaigns).batch.valid_until() == min(closing, ageing)
    assert Executed(second, campaigns=campaigns).batch.valid_until() == ageing
    assert Executed(record(trigger())).batch.valid_until() is None


# --- whatever comes --------------------------------------------------------------------------------------

user_ids = st.sampled_from(["alice@example.com", "bob@b.c", "no address", "\N{SNOWMAN}"])
channel_data = st.fixed_dictionaries(
    {},
    optional={
        "emailAddress": st.sampled_from(["a@b.c", "A@B.C", "wrong", ""]),
        "mobilePhoneNumber": st.sampled_from(["12345", "x"]),
        "pushInfo": st.sampled_from([{"token": "t"}, {"token": ""}, {}]),
    },
)
contexts = st.fixed_dictionaries({}, optional={"name": st.sampled_from(["A", 1, True, [], {}, "a\r\nb"])})
people = st.lists(
    st.fixed_dictionaries(
        {"namespace": st.sampled_from(["email", "email", "crm"]), "userId": user_ids},
        optional={
            "type": st.sampled_from(["aep", "external"]),
            "channelData": channel_data,
            "context": contexts,
            "profile": st.just({"preferredLanguage": "sv"}),
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda each: (each["namespace"], each["userId"]),
)
triggers = st.fixed_dictionaries(
    {
        "requestId": st.sampled_from(["r-1", "r-2"]),
        "campaignId": st.sampled_from(["plain", "marketing", "ended", "closed", "fast", "unknown"]),
        "recipients": people,
    },
    optional={"context": contexts},
)
campaigns = {
    "plain": live(id="plain", **ALL_CHANNELS),
    "marketing": live(id="marketing", type="marketing", **ALL_CHANNELS),
    "ended": live(id="ended", end=NOW),
    "closed": live(id="closed", createProfiles=False),
    "fast": live(id="fast", lane="high-throughput"),
}
profiles = st.dictionaries(
    st.tuples(st.just("email"), user_ids),
    st.builds(
        stored,
        attributes=st.sampled_from(
            [{}, {"personalEmail": {"address": "p@b.c"}}, {"person": 7, "mobilePhone": 1}]
        ),
        consents=st.sampled_from([{}, {"marketing": {"email": {"val": "y"}, "sms": {"val": "n"}}}]),
    ),
)
suppressions = st.dictionaries(
    st.tuples(st.just("email"), st.sampled_from(["a@b.c", "bob@b.c"])),
    st.sets(st.sampled_from(["bounce", "complaint", "unsubscribe"]), min_size=1),
)
CHANNELS_OF = {id_: [plan.channel.value for plan in each.channels] for id_, each in campaigns.items()}


@given(st.lists(triggers, min_size=1, max_size=4), profiles, suppressions)
def test_no_recipient_is_ever_without_an_outcome(
    calls: list[Json], known: dict[Identity, StoredProfile], blocked: dict[Address, Collection[str]]
) -> None:
    batch = Executed(
        *(record(call, offset=n) for n, call in enumerate(calls)),
        campaigns=campaigns,
        profiles=known,
        suppressions=blocked,
    )
    for position, call in enumerate(calls):
        assert_complete(call, batch.told(position))
    assert_told(batch, calls)


def assert_complete(call: Json, told: Sequence[tuple[str | None, str | None, str]]) -> None:
    """Each recipient has one outcome for each channel, or one for all; a rejected trigger has one."""
    if told[0][0] is None:
        assert len(told) == 1
        return
    for who in call["recipients"]:
        own = [channel for name, channel, _ in told if name == f"{who['namespace']}:{who['userId']}"]
        assert own in ([None], CHANNELS_OF[call["campaignId"]])
    assert len({name for name, _, _ in told}) == len(call["recipients"])


def assert_told(batch: Executed, calls: list[Json]) -> None:
    """On the topics: an execution for each, a dead letter where something was rejected, a delivery once."""
    executions = batch.values("executions")
    assert [execution["requestId"] for execution in executions] == [call["requestId"] for call in calls]
    rejecting = [e for e in executions if any(o["outcome"] == "rejection" for o in e["outcomes"])]
    assert len(batch.values("dead-letters")) == len(rejecting)
    assert not any(o.get("reason") == Reason.INTERNAL_ERROR for e in executions for o in e["outcomes"])
    promised = [o["deliveryId"] for e in executions for o in e["outcomes"] if o["outcome"] == "delivery"]
    made = [delivery["deliveryId"] for c in Channel for delivery in batch.values(f"deliveries.{c}")]
    assert sorted(promised) == sorted(made) == sorted(set(made))
    assert set(made) == set(batch.work.claims)


ENDED = {"campaigns": {id_: live(id=id_, end=NOW) for id_ in campaigns}}
CLOSED = {"campaigns": {id_: live(id=id_, createProfiles=False) for id_ in campaigns}}
MOVED = {"campaigns": {id_: live(id=id_, namespace="phone") for id_ in campaigns}}
SMALLER = {"campaigns": {id_: live(id=id_, channels={"sms": SMS}) for id_ in campaigns}}
GONE: dict[str, Any] = {"campaigns": {}}
MENDED = {"campaigns": {id_: live(id=id_, **ALL_CHANNELS) for id_ in campaigns}}
hindrances = st.sampled_from([ENDED, CLOSED, MOVED, SMALLER, GONE, MENDED])


@given(triggers, profiles, st.lists(hindrances, min_size=1, max_size=3))
@example(trigger(recipient()), {}, [CLOSED, MENDED])
@example(trigger(recipient()), {}, [ENDED, MENDED])
def test_however_often_it_is_replayed_nobody_gets_a_message_twice(
    call: Json, known: dict[Identity, StoredProfile], later: list[Any]
) -> None:
    """Even when the claims are long gone and the campaign has changed: the dead letter alone knows."""
    batch = Executed(
        record(call | {"campaignId": "plain", "context": {"name": "A"}}), campaigns=campaigns, profiles=known
    )
    delivered: list[tuple[str | None, str | None]] = []
    for offset, hindrance in enumerate(later, start=1):
        delivered += [(who, channel) for who, channel, what in batch.told() if what == "delivery"]
        [letter, *_] = [*batch.letters(), None]
        if letter is None:
            return
        batch = Executed(record(letter.value, headers=letter.headers, offset=offset), **hindrance)
    delivered += [(who, channel) for who, channel, what in batch.told() if what == "delivery"]
    assert len(delivered) == len(set(delivered))
