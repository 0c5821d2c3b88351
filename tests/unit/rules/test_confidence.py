"""Confidence sequences: no false winner however often one looks, and a true one is found."""

from bisect import bisect
from functools import cache
from itertools import accumulate
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.confidence import Arm, compare

EXPERIMENTS = 2_000
LOOKS = 50
"""After each 100 people, so to 5,000 in all."""


def winners(arms: list[tuple[int, float]], experiments: int = EXPERIMENTS) -> int:
    """How many experiments ever call a winner, with so many people between looks and such a rate each."""
    random = Random(7)  # noqa: S311 - the same numbers each time
    return sum(_calls_a_winner(arms, random) for _ in range(experiments))


def _calls_a_winner(arms: list[tuple[int, float]], random: Random) -> bool:
    successes = [0] * len(arms)
    for look in range(1, LOOKS + 1):
        for number, arm in enumerate(arms):
            successes[number] += bisect(cumulative(*arm), random.random())
        come_to = {str(n): Arm(look * people, successes[n]) for n, (people, _) in enumerate(arms)}
        if any(found.is_conclusive for found in compare(come_to).values()):
            return True
    return False


@cache
def cumulative(people: int, rate: float) -> list[float]:
    """The binomial distribution."""
    chances = [comb(people, k) * rate**k * (1 - rate) ** (people - k) for k in range(people + 1)]
    return list(accumulate(chances))


@pytest.mark.parametrize(
    "arms",
    [
        [(50, 0.1), (50, 0.1)],
        [(50, 0.02), (50, 0.02)],
        [(50, 0.5), (50, 0.5)],
        [(90, 0.1), (10, 0.1)],
        [(25, 0.1)] * 4,
    ],
)
def test_under_no_difference_at_most_one_in_twenty_experiments_ever_calls_a_winner(
    arms: list[tuple[int, float]],
) -> None:
    assert winners(arms) <= EXPERIMENTS * 0.05


def test_a_difference_is_found() -> None:
    assert winners([(50, 0.1), (50, 0.15)], 100) >= 90


ARMS = st.integers(1, 1_000_000).flatmap(lambda n: st.integers(0, n).map(lambda k: Arm(n, k)))


@given(ARMS, ARMS)
def test_an_interval_holds_what_was_seen_and_is_the_same_the_other_way_round(first: Arm, other: Arm) -> None:
    found = compare({"a": first, "b": other})["b"]
    assert found.difference is not None
    assert -1 <= found.interval.low <= found.difference <= found.interval.high <= 1
    turned = compare({"b": other, "a": first})["a"].interval
    assert (turned.low, turned.high) == pytest.approx((-found.interval.high, -found.interval.low))


def test_more_people_make_it_narrower_and_more_treatments_wider() -> None:
    few, many = (compare({"a": Arm(n, n // 10), "b": Arm(n, n // 10)})["b"].interval for n in (100, 10_000))
    assert many.high < few.high / 5
    four = compare({name: Arm(10_000, 1_000) for name in "abcd"})["b"].interval
    assert four.high > many.high


def test_few_people_are_never_certain() -> None:
    assert not compare({"a": Arm(5, 0), "b": Arm(5, 5)})["b"].is_conclusive


def test_without_people_nothing_is_known() -> None:
    found = compare({"a": Arm(0, 0), "b": Arm(10, 1)})["b"]
    assert (found.difference, found.lift, found.interval) == (None, None, (-1, 1))
    assert compare({"a": Arm(10, 0), "b": Arm(10, 1)})["b"].lift is None


def test_a_lift_is_a_share_of_the_first_rate() -> None:
    found = compare({"a": Arm(1_000, 100), "b": Arm(1_000, 120)})["b"]
    assert found.difference == pytest.approx(0.02)
    assert found.lift == pytest.approx(0.2)
