"""Who is measured: how each is started, and what it promises."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bench.environment import Environment
from bench.streams import streams
from bench.workload import Audience, Workload

Command = Callable[[Environment], Sequence[str]]


class Work(StrEnum):
    """What a contender makes of a trigger."""

    COPY = "copy"
    """Bytes in, as many bytes out as a delivery has: no work at all."""
    DELIVER = "deliver"
    """All that a delivery takes, and dead letters."""
    EXECUTE = "execute"
    """That, and an execution for each trigger."""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    title: str
    guarantee: str
    work: Work
    command: Command
    triggers: int
    """In a full run; a slow one has fewer."""
    audience: Audience = Audience.EXTERNAL
    lane: str = "unitary"
    environment: Mapping[str, str] = field(default_factory=dict)

    def workload(self, share: float) -> Workload:
        return Workload(int(self.triggers * share), self.audience, self.lane)


def peer(module: str, *options: str, python: str = sys.executable) -> Command:
    """A program of bench/peers."""
    return lambda environment: [python, "-m", f"bench.peers.{module}", *_where(environment), *options]


def _where(environment: Environment) -> Sequence[str]:
    return [environment.servers.kafka, environment.triggers, environment.prefix, environment.group]


def engine(environment: Environment) -> Sequence[str]:
    return [sys.executable, "-m", "cli", "run", "--lane", environment.workload.lane]


PEERS_PYTHON = ".venv-bench/bin/python"
"""What the peers need is not ours: they have an environment of their own, which `make bench` makes."""
EXACTLY_ONCE = "exactly once"
CONTENDERS = (
    Contender("raw", "aiokafka, copying by send", EXACTLY_ONCE, Work.COPY, peer("raw"), 400_000),
    Contender(
        "raw-batches",
        "aiokafka, copying by send_batch",
        EXACTLY_ONCE,
        Work.COPY,
        peer("raw", "--batches"),
        400_000,
    ),
    Contender(
        "unitary",
        "Clarion, unitary: profiles and claims",
        EXACTLY_ONCE,
        Work.EXECUTE,
        engine,
        120_000,
        Audience.STORED,
    ),
    Contender(
        "unitary-external",
        "Clarion, unitary: claims, no profiles",
        EXACTLY_ONCE,
        Work.EXECUTE,
        engine,
        120_000,
    ),
    Contender(
        "high-throughput",
        "Clarion, high-throughput",
        EXACTLY_ONCE,
        Work.EXECUTE,
        engine,
        200_000,
        lane="high-throughput",
    ),
    Contender("streams", "Kafka Streams (Java)", "exactly once (v2)", Work.DELIVER, streams, 400_000),
    Contender("confluent", "confluent-kafka", EXACTLY_ONCE, Work.DELIVER, peer("confluent"), 150_000),
    Contender("quix", "Quix Streams", EXACTLY_ONCE, Work.DELIVER, peer("quix", python=PEERS_PYTHON), 100_000),
    Contender(
        "faststream",
        "FastStream",
        "at least once",
        Work.DELIVER,
        peer("faststream_batch", python=PEERS_PYTHON),
        100_000,
    ),
)
BY_NAME = {contender.name: contender for contender in CONTENDERS}
