import pytest

from consumer.replay.pace import BATCH_MAX, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    pace = Pace(None, clock=clock, sleep=clock.sleep)
    await pace.wait_for(1_000)
    assert (clock.now, pace.batch) == (0.0, BATCH_MAX)


@pytest.mark.parametrize(("per_second", "batch"), [(0.5, 1), (1, 1), (10, 2), (100, 20), (10_000, BATCH_MAX)])
async def test_no_second_has_more_than_the_rate(per_second: float, batch: int) -> None:
    clock = Clock()
    pace = Pace(per_second, clock=clock, sleep=clock.sleep)
    assert pace.batch == batch
    for _ in range(50):
        await pace.wait_for(batch)
    # The first batch goes at once.
    assert clock.now == pytest.approx(49 * batch / per_second)


async def test_time_that_went_by_unused_is_not_made_up_for() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock, sleep=clock.sleep)
    clock.now = 100
    await pace.wait_for(2)
    await pace.wait_for(2)
    assert clock.now == pytest.approx(100.2)
