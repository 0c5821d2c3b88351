"""A key lies where Kafka's own clients put it."""

from aiokafka.partitioner import murmur2 as reference
from hypothesis import example, given
from hypothesis import strategies as st

from consumer.partitioner import murmur2, partition_for


@given(st.binary(max_size=40))
@example(b"x" * 1500)
def test_keys_are_hashed_as_other_clients_do(key: bytes) -> None:
    assert murmur2(key) == reference(key) & 0xFFFFFFFF


@given(st.binary(min_size=1, max_size=40), st.integers(1, 50))
def test_a_key_has_one_partition(key: bytes, count: int) -> None:
    # Kafka's toPositive: the sign bit is cleared, not negated.
    assert partition_for(key, count) == (reference(key) & 0x7FFFFFFF) % count


def test_records_without_a_key_reach_every_partition() -> None:
    assert {partition_for(None, 3) for _ in range(200)} == {0, 1, 2}
