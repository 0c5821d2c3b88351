from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.replay.merge_patch import apply, difference

JSON = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("ab", max_size=1), JSON, max_size=3)

# RFC 7396, appendix A.
EXAMPLES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("original", "patch", "result"), EXAMPLES)
def test_the_examples_of_the_standard(original: object, patch: object, result: object) -> None:
    assert apply(patch, original) == result


@given(OBJECTS, OBJECTS)
def test_a_difference_leads_from_one_to_the_other(source: dict[str, Any], target: dict[str, Any]) -> None:
    assert spelled(apply(difference(source, target), source)) == spelled(target)


def test_numbers_and_booleans_differ() -> None:
    assert spelled(difference({"a": 1}, {"a": True})) == spelled({"a": True})
    assert spelled(difference({"a": 1}, {"a": 1.0})) == spelled({"a": 1.0})


def test_nothing_is_changed_in_place() -> None:
    original = {"a": {"b": 1}}
    apply({"a": {"b": 2}}, original)
    assert original == {"a": {"b": 1}}


def spelled(value: object) -> str:
    """Python takes 1, 1.0 and True for equal, and the order of members does not matter."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{spelled(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    return repr(value)
