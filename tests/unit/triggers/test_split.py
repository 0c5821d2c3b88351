"""A file of triggers is taken apart without a digit being rewritten."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.triggers.split import split_triggers

BLANKS = st.text(" \t\r\n", max_size=3)


@pytest.mark.parametrize(
    ("content", "triggers"),
    [
        (b'[{"n": 12345678901234567890123},{"n":1E5}]', [b'{"n": 12345678901234567890123}', b'{"n":1E5}']),
        (b' \n[ {"a":"]"} \t, [1,2] ]\n', [b'{"a":"]"}', b"[1,2]"]),
        (b"[]", []),
        (b" [ ] ", []),
        (b'{"a": 1e-400}', [b'{"a": 1e-400}']),
        (b'{"a":1}\n\n{"a":1.10}\r\n', [b'{"a":1}', b'{"a":1.10}']),
        (b'{"n":' + b"9" * 5_000 + b"}", [b'{"n":' + b"9" * 5_000 + b"}"]),
        # No array: it is sent, or refused, line by line.
        (b"[{},]", [b"[{},]"]),
        (b"[{}] x", [b"[{}] x"]),
        (b"[{}", [b"[{}"]),
        (b"[[[\xff", [b"[[[\xff"]),
        (b"[" * 100_000, [b"[" * 100_000]),
        (b"", []),
    ],
)
def test_each_triggers_bytes_stay_as_they_are(content: bytes, triggers: list[bytes]) -> None:
    assert split_triggers(content) == triggers


@given(st.lists(st.tuples(st.dictionaries(st.text(), st.text() | st.floats() | st.none()), BLANKS, BLANKS)))
def test_an_arrays_elements_come_out_as_they_went_in(given: list[tuple[object, str, str]]) -> None:
    elements = [json.dumps(element, allow_nan=True) for element, _, _ in given]
    spaced = [f"{before}{text}{after}" for text, (_, before, after) in zip(elements, given, strict=True)]
    assert split_triggers(f"[{','.join(spaced)}]".encode()) == [text.encode() for text in elements]
