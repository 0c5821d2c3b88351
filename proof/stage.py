"""The stage: servers, an installation on them, the engine's processes, the workload, and who watches."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from config.loading import load_settings
from config.settings import Settings
from consumer.kafka.admin import create_topics
from consumer.store.migrate import migrate
from proof.deck import Deck
from proof.moments import Moment
from proof.plan import Plan
from proof.preparation import delete_topics, prepare_database
from proof.pulse import Pulse
from proof.servers import Servers, servers
from proof.workers import Workers
from proof.workload import Mix
from proof.workload.campaigns import CHANNELS
from proof.workload.sender import Sender

Say = Callable[[str], None]

LANE = "unitary"
REPLICAS_MAX = 3
HURRY = 3.0
"""By how much faults are shorter whose length proves nothing by itself."""


@dataclass(frozen=True, slots=True)
class Stage:
    plan: Plan
    settings: Settings
    """The engine's."""
    servers: Servers
    workers: Workers
    sender: Sender
    pulse: Pulse
    random: Random
    """Of the faults: the same seed makes the same choices."""
    moments: Deck[Moment]

    @property
    def group_id(self) -> str:
        return self.settings.group_for(LANE)

    @property
    def triggers(self) -> str:
        """The topic's name."""
        return f"{self.settings.topic_prefix}triggers"

    def some_seconds(self, bounds: tuple[float, float]) -> float:
        """For how long to break something, between those bounds; shorter in a hurry."""
        seconds = self.random.uniform(*bounds)
        return seconds / HURRY if self.plan.is_hurried else seconds


@asynccontextmanager
async def open_stage(plan: Plan, say: Say) -> AsyncIterator[Stage]:
    """All set, workers ready, nothing sent yet; in the end all of it is gone.

    Raises EmbeddedError, SettingsError, ProofError.
    """
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(servers(plan.nodes, plan.seed, say))
        settings = _settings(plan, there)
        say("Making topics, tables, campaigns and people ...")
        if not there.kafka.brokers:
            stack.push_async_callback(delete_topics, there.kafka.watched_at, settings.topic_prefix)
        await create_topics(settings)
        await migrate(there.postgres.watched_at)
        workers = Workers(settings, _log_folder(plan, stack), _arguments(plan))
        stack.push_async_callback(workers.close)
        say(f"Starting {plan.workers} workers ...")
        await workers.fill_up(plan.workers)
        mix = _mix(plan)
        await prepare_database(there.postgres.watched_at, mix.campaigns)
        await workers.all_ready()
        sender = Sender(there.kafka.watched_at, f"{settings.topic_prefix}triggers", mix, plan.rate)
        topics = [f"{settings.topic_prefix}deliveries.{channel}" for channel in CHANNELS]
        pulse = Pulse(there.kafka.watched_at, topics, sender.partition_of)
        random = Random(plan.seed)  # noqa: S311 - repeatable, not secret
        yield Stage(plan, settings, there, workers, sender, pulse, random, Deck(plan.moments, plan.seed))


def _settings(plan: Plan, there: Servers) -> Settings:
    return load_settings(
        kafka_bootstrap_servers=there.kafka.used_at,
        database_url=there.postgres.used_at,
        topic_prefix=f"proof-{secrets.token_hex(4)}.",
        topic_partitions=plan.partitions,
        replication_factor=_replicas(there),
        # Those of a real installation would make the workers its members.
        group_id=None,
        instance_id=None,
        **plan.engine,
    )


def _replicas(there: Servers) -> int:
    return min(len(there.kafka.brokers), REPLICAS_MAX) or load_settings().replication_factor


def _log_folder(plan: Plan, stack: AsyncExitStack) -> Path:
    if plan.log_folder is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clarion-proof-")))
    plan.log_folder.mkdir(parents=True, exist_ok=True)
    return plan.log_folder


def _arguments(plan: Plan) -> tuple[str, ...]:
    return ("--sabotage", plan.sabotage) if plan.sabotage else ()


def _mix(plan: Plan) -> Mix:
    return Mix(
        plan.seed,
        partitions=plan.partitions,
        rate=plan.rate,
        started_at=datetime.now(UTC),
        # A batch that outlives its campaign is dropped for that alone.
        seconds=None if plan.must_fail else plan.seconds,
    )
