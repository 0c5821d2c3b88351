from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from schemas.detail import bounded, enumerated

names = st.lists(st.text(min_size=1, max_size=300), max_size=60)


@given(st.text(max_size=3_000))
def test_a_detail_has_at_most_1000_characters(detail: str) -> None:
    assert len(bounded(detail)) <= 1_000
    kept = [each for each in zip(bounded(detail)[:999], detail, strict=False) if category(each[1]) != "Cc"]
    assert all(shown == given for shown, given in kept)
    assert not any(category(shown) == "Cc" for shown in bounded(detail))


def test_a_detail_of_1000_characters_is_left_as_it_is() -> None:
    assert bounded("x" * 1_000) == "x" * 1_000


def test_a_few_names_are_all_listed() -> None:
    assert enumerated(["a", "b", "c"]) == "a, b, c"
    assert enumerated([]) == ""


def test_names_beyond_the_bound_are_counted() -> None:
    listed = enumerated(f"context.variable{n}" for n in range(1_000))
    assert listed.startswith("context.variable0, context.variable1, ")
    assert listed.endswith(" more")
    shown, _, left_out = listed.removesuffix(" more").rpartition(", and ")
    assert len(shown.split(", ")) + int(left_out) == 1_000


@given(names)
def test_an_enumeration_in_a_sentence_keeps_its_count(parts: list[str]) -> None:
    text = enumerated(parts)
    assert len(text) <= 1_000 or len(parts[0]) > 900
    if "more" not in text:
        assert text == ", ".join(parts)
