"""Faults of the network between the engine and Kafka, or the engine and PostgreSQL."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from proof.faults.fault import Fault
from proof.network import Proxy
from proof.stage import Stage

Proxies: TypeAlias = Callable[[Stage], Sequence[Proxy]]

DELAY_SECONDS = (0.05, 0.4)
SLOW_SECONDS = (3.0, 8.0)
HOLE_SECONDS = (2.0, 15.0)
COMMIT_SECONDS = 20.0


def to_kafka(stage: Stage) -> Sequence[Proxy]:
    return stage.servers.kafka.proxies


def to_postgres(stage: Stage) -> Sequence[Proxy]:
    return [stage.servers.postgres.proxy]


def reset(proxies: Proxies) -> Fault:
    """Some or all connections, each end told by an RST."""

    async def happen(stage: Stage) -> str:
        share = stage.random.choice((0.3, 1.0))
        return f"{sum(proxy.reset(share) for proxy in proxies(stage))} connections"

    return happen


def reset_at_commit(proxies: Proxies) -> Fault:
    """In the middle of a commit: nobody was asked for it, or nobody heard that it was done."""

    async def happen(stage: Stage) -> str:
        is_answered = stage.random.random() < 0.5  # noqa: PLR2004 - either, as often
        cuts = [proxy.reset_at_commit(answered=is_answered) for proxy in proxies(stage)]
        waiting = [asyncio.create_task(cut.wait()) for cut in cuts]
        done, rest = await asyncio.wait(waiting, timeout=COMMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for proxy in proxies(stage):
            proxy.calm()
        return f"{len(done)} cut {'before the answer' if is_answered else 'before the request'}"

    return happen


def slow(proxies: Proxies) -> Fault:
    """Each piece takes its time, both ways."""

    async def happen(stage: Stage) -> str:
        delay, seconds = stage.random.uniform(*DELAY_SECONDS), stage.some_seconds(SLOW_SECONDS)
        for proxy in proxies(stage):
            proxy.delay(delay)
        await asyncio.sleep(seconds)
        for proxy in proxies(stage):
            proxy.delay(0.0)
        return f"{delay * 1000:.0f} ms for {seconds:.0f} s"

    return happen


def hole(proxies: Proxies) -> Fault:
    """Nothing comes through, and nobody is told; afterwards it comes late, or the connections are gone."""

    async def happen(stage: Stage) -> str:
        share, late = stage.random.choice((0.4, 1.0)), stage.random.random() < 0.5  # noqa: PLR2004
        seconds = stage.some_seconds(HOLE_SECONDS)
        for proxy in proxies(stage):
            proxy.swallow(share)
        await asyncio.sleep(seconds)
        for proxy in proxies(stage):
            proxy.release(late=late)
        return f"{share:.0%} for {seconds:.0f} s, then {'late' if late else 'reset'}"

    return happen
