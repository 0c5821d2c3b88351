"""The stage: servers, an installation on them, the engine's processes, the workload, and who watches."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from config.settings import Settings, load_settings
from consumer.cli.topics import create_topics
from consumer.migrate import migrate
from proof.deck import Deck
from proof.furnish import furnish
from proof.plan import Plan
from proof.processes import Crew
from proof.pulse import Pulse
from proof.servers import Servers, servers
from proof.workload import Mix
from proof.workload.campaigns import CHANNELS
from proof.workload.sender import Sender

Say = Callable[[str], None]

GROUP_LANE = "unitary"
MOMENTS = (
    # Named as in consumer/seams.py; and milliseconds after it. The later ones come when the commit is requested.
    ("claimed", 0),
    ("sent-some", 0),
    ("offsets-sent", 0),
    ("offsets-sent", 2),
    ("offsets-sent", 6),
    ("committed", 0),
    ("revoked", 0),
    ("assigned", 0),
    ("epochs-raised", 0),
)


@dataclass(frozen=True, slots=True)
class Stage:
    plan: Plan
    settings: Settings
    """The engine's."""
    servers: Servers
    crew: Crew
    sender: Sender
    pulse: Pulse
    random: Random
    """Of the faults: the same seed makes the same choices."""

    moments: Deck[tuple[str, int]]
    """At which processes are to be killed or paused next."""

    @property
    def group_id(self) -> str:
        return self.settings.group_for(GROUP_LANE)


@asynccontextmanager
async def open_stage(plan: Plan, say: Say) -> AsyncIterator[Stage]:
    """All set, workers ready, nothing sent yet; in the end all of it is gone."""
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(servers(plan.nodes, plan.seed, say))
        settings = _settings(plan, there)
        say("Making topics, tables, campaigns and people ...")
        await create_topics(settings)
        await migrate(there.postgres.watched_at)
        mix = _mix(plan)
        await furnish(there.postgres.watched_at, mix.campaigns)
        sender = Sender(there.kafka.watched_at, f"{settings.topic_prefix}triggers", mix, plan.rate)
        topics = [f"{settings.topic_prefix}deliveries.{channel}" for channel in CHANNELS]
        pulse = Pulse(there.kafka.watched_at, topics, lambda number: sender.requests[number].partition)
        folder = plan.log_folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="clarion-proof-"))
        )
        crew = Crew(settings, folder, ("--sabotage", plan.sabotage) if plan.sabotage else ())
        stack.push_async_callback(crew.close)
        say(f"Starting {plan.workers} workers ...")
        for _ in range(plan.workers):
            await crew.start()
        await crew.all_ready()
        yield Stage(plan, settings, there, crew, sender, pulse, Random(plan.seed), Deck(MOMENTS, plan.seed))  # noqa: S311 - repeatable


def _settings(plan: Plan, there: Servers) -> Settings:
    chosen = {
        "session_timeout_ms": plan.session_timeout_ms,
        "transaction_timeout_ms": plan.transaction_timeout_ms,
        "batch_max": plan.batch_max,
    }
    return load_settings(
        kafka_bootstrap_servers=there.kafka.used_at,
        database_url=there.postgres.used_at,
        topic_prefix=f"proof-{secrets.token_hex(4)}.",
        topic_partitions=plan.partitions,
        replication_factor=min(len(there.kafka.brokers), 3) or load_settings().replication_factor,
        # Those of a real installation would make the workers its members.
        group_id=None,
        instance_id=None,
        **{name: value for name, value in chosen.items() if value is not None},
    )


def _mix(plan: Plan) -> Mix:
    return Mix(
        plan.seed,
        partitions=plan.partitions,
        rate=plan.rate,
        started_at=datetime.now(UTC),
        seconds=plan.seconds,
    )
