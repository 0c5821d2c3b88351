"""Callers that ask together share one statement, and none gets an answer older than its question."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from consumer.triggers.shared_lookup import SharedLookup


class Statements:
    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.fails = False

    async def run(self, keys: Collection[int]) -> Mapping[int, int]:
        self.asked.append(set(keys))
        self.has_begun.set()
        await self.may_end.wait()
        if self.fails:
            raise LookupError
        return {key: len(self.asked) for key in keys}


async def test_those_who_come_while_a_statement_runs_wait_for_the_next_together() -> None:
    statements = Statements()
    lookup = SharedLookup(statements.run)
    first = asyncio.create_task(lookup.find([1]))
    await statements.has_begun.wait()
    others = [asyncio.create_task(lookup.find([key])) for key in (1, 2, 3)]
    await asyncio.sleep(0)
    statements.may_end.set()

    assert (await first)[1] == 1
    assert [(await other)[key] for other, key in zip(others, (1, 2, 3), strict=True)] == [2, 2, 2]
    assert statements.asked == [{1}, {1, 2, 3}]


async def test_a_caller_that_goes_away_ends_nothing_for_the_others() -> None:
    statements = Statements()
    lookup = SharedLookup(statements.run)
    gone, stays = asyncio.create_task(lookup.find([1])), asyncio.create_task(lookup.find([2]))
    await asyncio.sleep(0)
    gone.cancel()
    statements.may_end.set()

    assert (await stays)[2] == 1


async def test_a_failure_is_every_callers_and_the_next_statement_is_tried() -> None:
    statements = Statements()
    statements.may_end.set()
    statements.fails = True
    lookup = SharedLookup(statements.run)
    for answer in await asyncio.gather(lookup.find([1]), lookup.find([2]), return_exceptions=True):
        assert isinstance(answer, LookupError)
    statements.fails = False

    assert await lookup.find([1]) == {1: 2}
    with pytest.raises(KeyError):
        (await lookup.find([1]))[2]
