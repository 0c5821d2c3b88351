"""A key given twice in one object is found, however it is spelled, and named with its path."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json import InvalidJsonError, parse_json, read_json
from schemas.repeated_keys import repeated_keys


def _escaped(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16-le")).cast("H"))


@st.composite
def spelled(draw: st.DrawFn, text: str) -> str:
    """A JSON string, each of its characters with or without an escape."""
    plain = (json.dumps(character, ensure_ascii=False)[1:-1] for character in text)
    drawn = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    pairs = zip(plain, text, drawn, strict=True)
    return '"' + "".join(_escaped(character) if escape else as_is for as_is, character, escape in pairs) + '"'


texts = st.text(st.sampled_from('ab:"\\{,é😀'), max_size=3)
strings = texts.flatmap(spelled)
blanks = st.sampled_from(["", " ", "\n\t"])


@st.composite
def members(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    drawn = draw(st.lists(st.tuples(strings, blanks, blanks, values), max_size=4))
    return "{" + ",".join(f"{key}{before}:{after}{value}" for key, before, after, value in drawn) + "}"


documents = st.recursive(
    strings | st.sampled_from(["1", "-2.50", "1e3", "true", "null"]),
    lambda inner: members(inner) | st.lists(inner, max_size=3).map(lambda all_: f"[{','.join(all_)}]"),
    max_leaves=10,
)


def has_repetition(text: str) -> bool:
    """Decided without our code."""
    found = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        found.append(len({key for key, _ in pairs}) < len(pairs))

    json.loads(text, object_pairs_hook=note)
    return any(found)


@given(documents)
def test_a_repeated_key_is_found_exactly_when_there_is_one(text: str) -> None:
    value = text.encode()
    assert bool(repeated_keys(value, orjson.dumps(orjson.loads(value)))) == has_repetition(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b'{"a":1,"a":1}', "a is given twice"),
        (b'{"a":1,"a":null}', "a is given twice"),
        (rb'{"a":1,"\u0061":2}', "a is given twice"),
        (rb'{"b":"\u003a","a":":","a":2}', "a is given twice"),
        (rb'{"b":"\u003A","a":":","a":2}', "a is given twice"),
        # An escaped colon makes up for the one that is lost with the first.
        (rb'{"a":1,"b":"\u003a","a":2}', "a is given twice"),
        (rb'{"a":1,"b":"\u003A","a":2}', "a is given twice"),
        (b'{"a":1,"a":2,"a":3}', "a is given twice"),
        (b'{"x":[{"k":1},{"k":1,"k":2}]}', "x[1].k is given twice"),
        (b'[{"k" : {"l":1 ,"l" :2}}]', "[0].k.l is given twice"),
        (b'{"a":{"c":1,"c":2},"b":{"c":1,"c":2}}', "a.c is given twice; b.c is given twice"),
        # The one that a parser drops can itself hold one.
        (b'{"a":{"c":1,"c":2},"a":3}', "a is given twice; a.c is given twice"),
        (
            b'{"n":' + b"0." + b"1" * 5_000 + b',"a":1,"a":2}',
            "a is given twice; n is a decimal that a double cannot hold to 17 digits (send it as a string)",
        ),
    ],
)
def test_each_repeated_key_is_named_with_its_path(value: bytes, message: str) -> None:
    for read in (parse_json, read_json):
        with pytest.raises(InvalidJsonError) as raised:
            read(value)
        assert str(raised.value) == message


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":{"a":{"a":1}}}',
        b'[{"a":1},{"a":2}]',
        b'{"a":":","b":"::"}',
        rb'{"a":"\u003a\u003A","b":"\\u003a"}',
        b'{"a" : 1, "A" : 2}',
        '{"\u00e9":1,"e\u0301":2}'.encode(),
    ],
)
def test_keys_that_only_look_alike_are_read(value: bytes) -> None:
    assert read_json(value) == orjson.loads(value)


@pytest.mark.parametrize(
    "value",
    [
        b'{"%s":{%s}}' % (b"k" * 500_000, b",".join([b'"a":1'] * 80_000)),
        b'{"%s":{%s}}' % (b"k" * 500_000, b",".join(b'"%d":1' % (number // 2) for number in range(50_000))),
    ],
)
def test_a_hostile_value_is_refused_at_once_and_its_message_is_short(value: bytes) -> None:
    # A path for each member would be 40 GB: that the test ends is the claim.
    with pytest.raises(InvalidJsonError, match=r"k\.. is given twice") as raised:
        parse_json(value)
    assert len(str(raised.value)) < 2_000
