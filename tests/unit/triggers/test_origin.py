"""The headers of a replay: believed when they are complete and well-formed, else ignored altogether."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.triggers.origin import Origin, read_origin
from schemas.channel import Channel
from schemas.place import Place
from tests.builders import failure, record, replayed, trigger


def read(headers: list[tuple[str, Any]], **fields: Any) -> Origin:
    return read_origin(record(trigger(), headers=headers, offset=3, **fields))


def assert_ignored(headers: list[tuple[str, Any]]) -> None:
    assert read(headers) == read([])


def test_a_fresh_trigger_is_its_own_origin_and_this_its_first_try() -> None:
    found = read([("traceparent", b"00-1"), ("x-clarion", b"1")], partition=2, timestamp=5)
    assert found == Origin(Place("clarion.triggers", 2, 3), 5, 1, None)


def test_a_replay_keeps_its_first_origin_and_counts_one_more() -> None:
    assert read(replayed(attempt="4")) == Origin(Place("clarion.triggers", 0, 7), 1_770_000_000_000, 5, None)


def test_a_partial_failure_names_the_pairs_to_execute() -> None:
    pairs = [failure("email:a", "email"), failure("email:a", "sms"), failure("email:b", None)]
    assert read(replayed(pairs)).replayed_pairs == {"email:a": {Channel.EMAIL, Channel.SMS}, "email:b": None}


def test_a_failure_of_all_channels_covers_those_named_beside_it() -> None:
    for pairs in ([failure(channel=None), failure()], [failure(), failure(channel=None)]):
        assert read(replayed(pairs)).replayed_pairs == {"email:alice@example.com": None}


@pytest.mark.parametrize("absent", [name for name, _ in replayed()])
def test_incomplete_headers_are_no_replays(absent: str) -> None:
    assert_ignored([(name, value) for name, value in replayed() if name != absent])


@pytest.mark.parametrize("absent", [name for name, _ in replayed()])
def test_a_header_without_a_value_is_absent(absent: str) -> None:
    assert_ignored([(name, None if name == absent else value) for name, value in replayed()])


@pytest.mark.parametrize("name", ["attempt", "origin_partition", "origin_offset", "origin_timestamp"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "+1",
        "0x1",
        "\N{SUPERSCRIPT TWO}",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "9" * 40,
        "--1",
        "-",
    ],
)
def test_a_number_that_is_not_decimal_is_no_replays(name: str, value: str) -> None:
    changes: dict[str, Any] = {name: value}
    assert_ignored(replayed(**changes))


@pytest.mark.parametrize(
    "changes", [{"attempt": "0"}, {"attempt": "-3"}, {"origin_partition": "-1"}, {"origin_offset": "-1"}]
)
def test_a_number_that_no_replay_has_is_no_replays(changes: dict[str, Any]) -> None:
    assert_ignored(replayed(**changes))


@pytest.mark.parametrize("topic", ["", "clarion.deliveries.email", "other.triggers"])
def test_a_replay_lies_on_the_topic_that_it_names_as_its_origin(topic: str) -> None:
    """Otherwise a producer could have an operator's replay write to any topic."""
    assert_ignored(replayed(origin_topic=topic))


@pytest.mark.parametrize(
    "failures",
    [
        "",
        "x",
        "null",
        "{}",
        "[]",
        "[null]",
        "[{}]",
        '["email:a"]',
        '[{"recipient":1,"reason":"x"}]',
        '[{"recipient":"email:a","channel":"fax","reason":"x"}]',
        '[{"recipient":"email:a","channel":1,"reason":"x"}]',
        "[" * 100_000,
    ],
)
def test_ill_formed_failures_are_no_replays(failures: str) -> None:
    assert_ignored(replayed(failures=failures))


def test_more_failures_than_a_trigger_can_have_are_no_replays() -> None:
    """20 recipients on 3 channels; each is told again with its detail, which must fit a dead letter."""
    assert read(replayed([failure(f"email:{n}") for n in range(60)])).replayed_pairs
    assert_ignored(replayed([failure(f"email:{n}") for n in range(61)]))


names = st.sampled_from([name for name, _ in replayed([])] + ["clarion.", "clarion.x", "x"])


@given(st.lists(st.tuples(names, st.none() | st.binary(max_size=20))))
def test_arbitrary_headers_are_answered(headers: list[tuple[str, bytes | None]]) -> None:
    found = read(headers)
    assert found.attempt >= 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
failures = st.fixed_dictionaries(
    {"recipient": st.just("email:a") | json_values, "reason": st.just("x") | json_values},
    optional={"channel": st.sampled_from(["email", "sms", None]) | json_values, "detail": json_values},
)


@given(st.lists(failures, max_size=3) | json_values)
def test_arbitrary_json_as_failures_is_answered(written: Any) -> None:
    try:
        text = orjson.dumps(written).decode()
    except TypeError:
        return  # an integer beyond 64 bits
    found = read(replayed(failures=text))
    assert found.attempt in {1, 2}
