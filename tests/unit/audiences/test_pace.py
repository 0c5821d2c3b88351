"""A throttled campaign's pace, by a clock that the test moves."""

from consumer.audiences.pace import Pace, page_size


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def produced(throttle: int, cost: int, *, seconds: float, step: float = 0.05) -> int:
    """Messages that go out when it is asked every `step` seconds."""
    clock, count = Clock(), 0
    pace = Pace(clock)
    for _ in range(round(seconds / step)):
        if pages := pace.pages(cost, throttle):
            pace.produced(pages * cost, throttle)
            count += pages * cost
        clock.now += step
    return count


def test_over_time_the_throttle_is_kept_whatever_a_page_costs() -> None:
    for throttle, cost in [(1, 3), (10, 10), (40, 20), (1_000, 20), (50_000, 60)]:
        count = produced(throttle, cost, seconds=30)
        assert 0.9 * throttle * 30 - cost <= count <= throttle * 30.3 + cost


def test_what_was_missed_is_not_made_up_for_in_a_burst() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.produced(pace.pages(10, 100) * 10, 100)
    clock.now += 60
    assert pace.pages(10, 100) * 10 <= 100 * 0.25 + 10


def test_a_page_is_no_more_than_the_messages_of_a_second() -> None:
    assert [page_size(throttle, 2, 20) for throttle in (None, 100, 10, 1)] == [20, 20, 5, 1]
