"""Consents after somebody unsubscribed, or came back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.subscription import with_word
from schemas.channel import Channel

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
Word = tuple[int, bool, bool]


def said(consents: dict[str, Any], *words: Word) -> dict[str, Any]:
    for hours, is_no, for_all in words:
        at = BEGAN + timedelta(hours=hours)
        consents = with_word(consents, Channel.EMAIL, at, is_no=is_no, for_all=for_all)
    return consents


def answers(consents: dict[str, Any]) -> dict[str, str]:
    return {channel: entry["val"] for channel, entry in consents.get("marketing", {}).items()}


def test_unsubscribing_is_a_no_for_the_channel_alone_and_keeps_the_rest() -> None:
    before = {"marketing": {"email": {"val": "y"}, "sms": {"val": "y"}}, "share": {"val": "y"}}
    after = said(before, (1, True, False))
    assert answers(after) == {"email": "n", "sms": "y"}
    assert after["share"] == {"val": "y"}
    assert answers(before) == {"email": "y", "sms": "y"}


def test_for_all_it_is_a_no_for_every_channel_and_taken_back_where_there_was_a_yes() -> None:
    consents = {"marketing": {"sms": {"val": "y"}}}
    assert answers(said(consents, (1, True, True))) == {"email": "n", "sms": "n", "push": "n"}
    assert answers(said(consents, (1, True, True), (2, False, True))) == {
        "email": "y",
        "sms": "y",
        "push": "n",
    }


def test_coming_back_does_not_undo_a_no_that_was_given_otherwise() -> None:
    consents = {"marketing": {"sms": {"val": "n"}}}
    assert answers(said(consents, (1, True, True), (2, False, True)))["sms"] == "n"


def test_an_answer_given_later_stands() -> None:
    consents = {"marketing": {"email": {"val": "y", "time": "2026-06-02T00:00:00Z"}}}
    assert said(consents, (1, True, False)) == consents
    assert answers(said(consents, (25, True, False))) == {"email": "n"}


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=6, unique_by=lambda w: w[:2]
    ),
    st.dictionaries(st.sampled_from(["email", "sms", "push"]), st.sampled_from(["y", "n"])),
    st.randoms(use_true_random=False),
)
def test_the_order_of_words_does_not_matter_for_the_channel(
    words: list[Word], held: dict[str, str], chance: Any
) -> None:
    consents = {"marketing": {channel: {"val": val} for channel, val in held.items()}}
    shuffled = list(words)
    chance.shuffle(shuffled)
    assert answers(said(consents, *shuffled)).get("email") == answers(
        said(consents, *sorted(words, key=lambda w: (w[0], w[1])))
    ).get("email")
