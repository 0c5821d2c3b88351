"""Percentiles of the histogram are within the error that is stated."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.latency import BUCKET_MAX, ERROR, bucket, middle, percentile


@given(st.lists(st.floats(0.002, 30_000_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_within_its_error(seconds: list[float], share: float) -> None:
    found = percentile(Counter(map(bucket, seconds)), share)
    true = sorted(seconds)[ceil(share * len(seconds)) - 1]
    assert found is not None
    assert abs(found - true) <= ERROR * true


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_buckets_grow_with_durations_and_end(one: float, other: float) -> None:
    assert (bucket(one) <= bucket(other)) or one > other
    assert 0 <= bucket(one) <= BUCKET_MAX


def test_clocks_that_differ_make_no_negative_duration() -> None:
    assert bucket(-3) == 0
    assert middle(0) == 0.001
    assert percentile({}, 0.5) is None
