"""A key lies where Kafka's own clients put it."""

from aiokafka.partitioner import murmur2 as reference
from hypothesis import example, given
from hypothesis import strategies as st

from consumer.kafka.partitioner import partitions_for


@given(st.lists(st.one_of(st.binary(max_size=9), st.binary(min_size=36, max_size=36)), max_size=40))
@example([b""])
@example([b"\xff" * 41] * 3)
@example([b"x" * 2_000, b"y" * 2_000])
def test_keys_lie_where_other_clients_put_them(keys: list[bytes]) -> None:
    for count in (1, 7, 12, 2**31 - 1):
        # Kafka's toPositive: the sign bit is cleared, not negated.
        assert partitions_for(keys, count) == [(reference(key) & 0x7FFFFFFF) % count for key in keys]


def test_records_without_a_key_reach_every_partition() -> None:
    assert {*partitions_for([None] * 200, 3)} == {0, 1, 2}


def test_records_with_and_without_keys_keep_their_places() -> None:
    [first, _, third] = partitions_for([b"one", None, b"three"], 12)
    assert [first, third] == partitions_for([b"one", b"three"], 12)
