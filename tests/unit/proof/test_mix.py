from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from proof.deck import Deck
from proof.workload import Mix, Request
from proof.workload.sender import Sender

START = datetime(2026, 1, 1, tzinfo=UTC)


def requests(seed: int, count: int = 2_000) -> list[Request]:
    mix = Mix(seed, partitions=6, rate=100, started_at=START, seconds=60)
    return [mix.next() for _ in range(count)]


def test_the_same_seed_gives_the_same_triggers() -> None:
    assert requests(1) == requests(1)


def test_another_seed_gives_other_triggers() -> None:
    assert requests(1) != requests(2)


def test_the_mix_has_every_outcome_there_is_to_prove() -> None:
    outcomes = Counter((o.kind, o.reason) for request in requests(1) for o in request.outcomes)

    assert outcomes.keys() == {
        ("delivery", None),
        *(("exclusion", reason) for reason in ("no_consent", "suppressed")),
        *(("rejection", reason) for reason in REJECTIONS),
    }


REJECTIONS = [
    "malformed",
    "invalid",
    "unknown_campaign",
    "campaign_not_live",
    "before_start",
    "after_end",
    "wrong_lane",
    "namespace_mismatch",
    "unknown_profile",
    "missing_address",
    "invalid_address",
    "missing_context",
]


def test_requests_are_sent_again_on_the_same_and_on_another_partition_changed_and_unchanged() -> None:
    first: dict[str, Request] = {}
    again = set()
    for request in requests(1):
        if request.request_id in first:
            before = first[request.request_id]
            is_changed = [m.content for m in before.messages] != [m.content for m in request.messages]
            again.add((before.partition == request.partition, is_changed))
        elif request.request_id:
            first[request.request_id] = request

    assert again == {(True, True), (True, False), (False, True), (False, False)}


def test_triggers_come_shortly_before_and_after_the_end_of_their_campaigns() -> None:
    leads = [
        request.ends_at - START - timedelta(seconds=request.number / 100)
        for request in requests(1)
        if request.ends_at and request.ends_at > START
    ]

    assert min(leads) < timedelta(0) < max(leads) < timedelta(seconds=30)


def test_each_card_of_a_deck_comes_before_any_comes_again() -> None:
    deck = Deck(["a", "b", "c"], 1)

    drawn = [deck.next() for _ in range(9)]

    assert [sorted(drawn[start : start + 3]) for start in (0, 3, 6)] == [["a", "b", "c"]] * 3


def test_no_campaign_ends_in_a_proof_that_must_fail() -> None:
    mix = Mix(1, partitions=6, rate=100, started_at=START, seconds=None)

    assert not [request for request in (mix.next() for _ in range(2_000)) if request.ends_at]


async def test_of_a_trigger_that_was_sent_to_two_partitions_nobody_can_say_which_it_was() -> None:
    """Its delivery proves of neither that it is executed again."""
    nobody = "127.0.0.1:1"
    mix = Mix(1, partitions=6, rate=1_000, started_at=START, seconds=None)
    sender = Sender(nobody, "triggers", mix, 1_000)
    await sender.run(lambda: len(sender.requests) > 500)

    sent: dict[str, set[int]] = defaultdict(set)
    for request in sender.requests:
        if request.request_id:
            sent[request.request_id].add(request.partition)
    assert {id_ for id_ in sent if sender.partition_of(id_) is None} == {
        id_ for id_, partitions in sent.items() if len(partitions) > 1
    }
    assert {len(partitions) for partitions in sent.values()} > {1}
