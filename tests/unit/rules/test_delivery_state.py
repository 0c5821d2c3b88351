"""A delivery's state and figures follow from the set of its events, in whatever order they come."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.delivery_state import Event, Figure, event_figures, figures, joined, state_of
from schemas.feedback import FeedbackType

BEGAN = datetime(2026, 6, 1, 10, tzinfo=UTC)


def event(word: str, seconds: float = 0, **changes: object) -> Event:
    type_, _, bounce = word.partition(".")
    return Event(FeedbackType(type_), BEGAN + timedelta(seconds=seconds), bounce, **changes)  # type: ignore[arg-type]


EVENTS = st.lists(
    st.builds(
        Event,
        type=st.sampled_from(FeedbackType),
        at=st.integers(0, 600).map(lambda seconds: BEGAN + timedelta(seconds=seconds)),
        bounce=st.sampled_from(["hard", "soft", "ignored"]),
        category=st.sampled_from(["", "full", "unknown"]),
        link=st.sampled_from(["", "https://a", "https://b"]),
        is_machine=st.booleans(),
    ),
    max_size=12,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_shuffled_and_repeated_events_come_to_the_same(events: list[Event], chance: object) -> None:
    shuffled = [*events, *events[::2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one_by_one: dict[str, datetime] = {}
    for each in shuffled:
        one_by_one = joined(one_by_one, [each])
    assert one_by_one == joined({}, events)
    assert state_of(one_by_one) == state_of(joined({}, events))


@given(EVENTS, st.integers(0, 12))
def test_figures_moved_step_by_step_are_those_of_all_events(events: list[Event], middle: int) -> None:
    before = joined({}, events[:middle])
    after = joined(before, events[middle:])
    moved = Counter(figures(BEGAN, before))
    moved.subtract(figures(BEGAN, before))
    moved.update(figures(BEGAN, after))
    assert {figure: n for figure, n in moved.items() if n} == dict(figures(BEGAN, joined({}, events)))


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("deferred", "deferred"),
        ("deferred sent", "sent"),
        ("sent delivered deferred", "delivered"),
        ("delivered sent", "delivered"),
        ("sent bounced.soft", "bounced"),
        ("sent bounced.ignored", "bounced"),
        ("bounced.soft sent delivered", "delivered"),
        ("sent delivered bounced.hard", "bounced"),
        ("sent failed", "failed"),
        ("delivered opened clicked", "clicked"),
        ("clicked delivered complained unsubscribed", "complained"),
    ],
)
def test_the_last_in_the_order_of_states_is_the_state(words: str, state: str) -> None:
    found = state_of(joined({}, map(event, words.split())))
    assert found is not None
    assert found.word == state


def test_what_makes_no_state_leaves_it_unknown() -> None:
    assert state_of(joined({}, [event("resubscribed"), event("opened", is_machine=True)])) is None


def test_each_kind_counts_once_for_a_delivery_at_its_first_time() -> None:
    marks = joined({}, [event("bounced.soft", 120, category="full"), event("bounced.hard", 60)])
    counted = figures(BEGAN, marks)
    first, second = BEGAN + timedelta(minutes=1), BEGAN + timedelta(minutes=2)
    assert counted == Counter(
        [
            Figure(BEGAN, "deliveries"),
            Figure(first, "bounced"),
            Figure(first, "bouncedHard"),
            Figure(second, "bouncedSoft"),
            Figure(second, "bouncedCategory", "full"),
        ]
    )


def test_every_open_and_click_counts_those_of_machines_apart() -> None:
    assert event_figures(event("opened")) == Counter([Figure(BEGAN, "opened")])
    assert event_figures(event("opened", is_machine=True)) == Counter([Figure(BEGAN, "openedMachine")])
    clicked = event_figures(event("clicked", link="https://a"))
    assert clicked == Counter([Figure(BEGAN, "clicked"), Figure(BEGAN, "clickedLink", "https://a")])
