"""What counts as JSON here, and how objects are laid over each other."""

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json import MalformedJsonError, canonical, merge, read_json, without_nulls

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars.filter(lambda value: value not in {float("inf"), float("-inf")}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from("abc")
# Few names, so that layers meet; the same name is always an object or never, as among well-behaved callers.
objects_of_one_shape = st.fixed_dictionaries(
    {},
    optional={
        "a": st.integers(),
        "b": st.dictionaries(names, st.integers()),
        "c": st.fixed_dictionaries({}, optional={"a": st.dictionaries(names, st.integers())}),
    },
)
objects = st.recursive(
    st.dictionaries(names, st.integers()), lambda inner: st.dictionaries(names, inner | st.integers())
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


# --- reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b" ",
        b"{",
        b"{'a':1}",
        b"[1,]",
        b'{"a":1} {}',
        b'{"a":1}\x00',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        rb'"\ud800"',
        rb'{"\udc00":1}',
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b"-1e999",
        b"1" + b"0" * 400,
        b"01",
        b'"a\tb"',
        nested(65),
        nested(10_000),
    ],
)
def test_what_is_not_json_is_malformed(value: bytes | None) -> None:
    with pytest.raises(MalformedJsonError):
        read_json(value)


def test_nesting_of_64_is_read_and_the_outermost_counts_as_1() -> None:
    assert read_json(nested(64)) is not None
    assert read_json(b'{"a":' * 64 + b"1" + b"}" * 64) is not None
    with pytest.raises(MalformedJsonError):
        read_json(b'{"a":' * 65 + b"1" + b"}" * 65)


def test_many_brackets_that_are_not_nested_are_read() -> None:
    assert read_json(b"[" + b"[],{}," * 500 + b'"[[[[{{{{"]') is not None


def test_a_surrogate_pair_is_a_character() -> None:
    assert read_json(rb'"\ud83d\ude00"') == "\N{GRINNING FACE}"


def test_null_members_are_absent_at_every_depth_but_nulls_in_arrays_stay() -> None:
    read = read_json(b'{"a":null,"b":{"c":null},"d":[null,{"e":null}],"f":"null"}')
    assert read == {"b": {}, "d": [None, {}], "f": "null"}


@given(st.binary())
def test_arbitrary_bytes_are_read_or_malformed(value: bytes) -> None:
    try:
        read_json(value)
    except MalformedJsonError as error:
        assert str(error)  # noqa: PT017 - either answer is right


@given(values)
def test_what_is_read_is_what_was_written_without_nulls(value: Any) -> None:
    assert read_json(orjson.dumps(value)) == without_nulls(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b'\x00\x00\x00\x00\x11{"a":1}', "Confluent's wire format, magic byte 0, schema id 17"),
        (b"\x00\xff\xff\xff\xff\x02", "Confluent's wire format, magic byte 0, schema id 4294967295"),
        (b"\x03\x00" + bytes(16) + b"{}", "AWS Glue's, version byte 3"),
    ],
)
def test_a_schema_registrys_prefix_is_named(value: bytes, why: str) -> None:
    with pytest.raises(MalformedJsonError) as raised:
        read_json(value)
    sentence = f"it begins with a schema registry's prefix ({why}); send plain JSON, without a schema"
    assert str(raised.value) == sentence


@pytest.mark.parametrize("value", [b"\x00", b"\x00{}", b"\x03{}", b'\x01\x00\x00\x00\x11{"a":1}'])
def test_other_bytes_before_the_json_are_no_prefix(value: bytes) -> None:
    with pytest.raises(MalformedJsonError, match="at character"):
        read_json(value)


# --- merging -----------------------------------------------------------------------------------------


def test_objects_merge_deeply_and_everything_else_is_replaced() -> None:
    lower = {"a": {"x": 1, "y": {"z": 1}}, "b": [1, 2], "c": 1, "d": {"e": 1}}
    upper = {"a": {"y": {"w": 2}}, "b": [3], "c": {"f": 2}, "d": "text"}
    assert merge(lower, upper) == {
        "a": {"x": 1, "y": {"z": 1, "w": 2}},
        "b": [3],
        "c": {"f": 2},
        "d": "text",
    }


@given(objects)
def test_nothing_laid_over_or_under_changes_nothing(value: dict[str, Any]) -> None:
    assert merge(value, {}) == value == merge({}, value)
    assert merge(value, value) == value


@given(objects, objects)
def test_a_merge_changes_neither_of_its_parts(lower: dict[str, Any], upper: dict[str, Any]) -> None:
    before = deepcopy((lower, upper))
    merged = merge(lower, upper)
    merged["added"] = 1
    assert (lower, upper) == before


@given(objects, objects)
def test_the_upper_wins_wherever_it_says_anything(lower: dict[str, Any], upper: dict[str, Any]) -> None:
    def assert_laid_over(merged: dict[str, Any], upper: dict[str, Any]) -> None:
        for name, value in upper.items():
            if isinstance(value, dict):
                assert_laid_over(merged[name], value)
            else:
                assert merged[name] == value

    merged = merge(lower, upper)
    assert_laid_over(merged, upper)
    assert merged.keys() == lower.keys() | upper.keys()


@given(objects_of_one_shape, objects_of_one_shape, objects_of_one_shape)
def test_among_objects_of_one_shape_the_order_of_merging_does_not_matter(
    campaign: dict[str, Any], trigger: dict[str, Any], recipient: dict[str, Any]
) -> None:
    assert merge(merge(campaign, trigger), recipient) == merge(campaign, merge(trigger, recipient))


# --- one spelling ------------------------------------------------------------------------------------


@given(st.dictionaries(texts, values, max_size=5))
def test_the_canonical_spelling_does_not_depend_on_the_order_of_members(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_the_canonical_spelling_is_compact_utf8() -> None:
    assert canonical({"b": ["å", 1.5, True], "a": {}}) == '{"a":{},"b":["å",1.5,true]}'.encode()
