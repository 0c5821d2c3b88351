"""What feedback says of an address follows from its events and their times, not from their order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.address_history import AddressEvent, is_unsubscribed, keeps_bouncing

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
LETTERS = {"h": "hard", "s": "soft", "d": "delivered", "u": "unsubscribed", "r": "resubscribed"}


def history(letters: str) -> list[AddressEvent]:
    return [AddressEvent(BEGAN + timedelta(hours=n), LETTERS[letter]) for n, letter in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "limit", "expected"),
    [
        ("ssss", 5, False),
        ("sssss", 5, True),
        ("ssssdssss", 5, False),
        ("dsssss", 5, True),
        ("sssssd", 5, True),
        ("sudsusrs", 3, True),
        ("h", 20, True),
        ("s", 1, True),
        ("", 1, False),
    ],
)
def test_a_row_of_soft_bounces_ends_with_a_success(letters: str, limit: int, expected: bool) -> None:  # noqa: FBT001
    assert keeps_bouncing(history(letters), limit) is expected


@given(st.text(st.sampled_from("hsdur"), max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_does_not_matter(letters: str, chance: object) -> None:
    events = history(letters)
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert keeps_bouncing(shuffled, 3) == keeps_bouncing(events, 3)
    assert is_unsubscribed(shuffled) == is_unsubscribed(events)


def test_the_last_word_counts_and_a_no_at_the_same_time() -> None:
    assert is_unsubscribed(history("du"))
    assert not is_unsubscribed(history("ur"))
    assert not is_unsubscribed(history("dds"))
    assert is_unsubscribed([AddressEvent(BEGAN, "unsubscribed"), AddressEvent(BEGAN, "resubscribed")])
