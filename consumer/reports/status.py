"""The state of a whole installation: servers, lanes, projection and open dead letters."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka.errors import KafkaError

from config.settings import Settings
from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import ExplainedKafkaError, NoAnswerError, TopicsMissingError, refuse_missing
from consumer.kafka.group import read_group
from consumer.kafka.record import Partition
from consumer.kafka.topics import LANES, Topics
from consumer.reports.progress import shortfall
from consumer.store.database import Database
from consumer.store.dead_letter_lists import DeadLetterFilter, count_dead_letters
from consumer.store.errors import DatabaseError
from consumer.store.projections import read_offsets
from schemas.reasons import Reason

ANSWER_SECONDS: Final = 10.0
_HELD: Final = frozenset({Reason.BEFORE_START, Reason.QUIET_HOURS})
"""Released by themselves when their time has come; every other letter waits for a person."""


@dataclass(frozen=True, slots=True)
class LaneStatus:
    lane: str
    group: str
    processes: int
    """Members of the consumer group."""
    lag: int
    """Triggers not yet executed."""


@dataclass(frozen=True, slots=True)
class LetterStatus:
    """Dead letters as the projection has them."""

    open: int
    held: int
    by_reason: Mapping[str, int]
    """The open ones, without those that are held."""


@dataclass(frozen=True, slots=True)
class InstallationStatus:
    lanes: Sequence[LaneStatus] = ()
    """Empty while Kafka does not answer."""
    letters: LetterStatus | None = None
    """None while PostgreSQL does not answer."""
    problems: Sequence[str] = ()
    """One sentence for everything that keeps the installation from executing triggers."""
    notices: Sequence[str] = field(default=())
    """What does not keep it from executing triggers: a projection that is behind."""

    @property
    def is_ready(self) -> bool:
        return not self.problems


async def installation_status(settings: Settings) -> InstallationStatus:
    """Ask Kafka and PostgreSQL. A server that does not answer is one of the problems, not an exception."""
    (lanes, kafka_problems), (letters, offsets, database_problems) = await asyncio.gather(
        _ask_kafka(settings), _ask_database(settings)
    )
    notices = []
    if letters and not kafka_problems and (behind := await shortfall(settings, offsets)):
        notices.append(behind)
    problems = (*kafka_problems, *database_problems, *_unattended(lanes))
    return InstallationStatus(lanes, letters, problems, notices)


async def _ask_kafka(settings: Settings) -> tuple[list[LaneStatus], list[str]]:
    cluster = Cluster.of(settings)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _lanes(cluster, settings), []
    except TopicsMissingError as error:
        return [], [f"Topics are {error}."]
    except (ExplainedKafkaError, NoAnswerError) as error:
        return [], [str(error)]
    except (KafkaError, TimeoutError, OSError) as error:
        servers = settings.kafka_bootstrap_servers
        return [], [f"Kafka at {servers} does not answer: {str(error) or type(error).__name__}."]


async def _lanes(cluster: Cluster, settings: Settings) -> list[LaneStatus]:
    topics = cluster.topics
    async with cluster.admin() as admin, cluster.reader() as reader:
        refuse_missing(_required(topics), await admin.list_topics())
        lanes = []
        for lane in LANES:
            group = settings.group_for(lane)
            partitions = await cluster.partitions(topics.triggers(lane))
            state = await read_group(admin, reader, group, partitions)
            lanes.append(LaneStatus(lane, group, state.members, state.lag))
        return lanes


def _required(topics: Topics) -> set[str]:
    return {*topics.written_by_the_consumer(), *(topics.triggers(lane) for lane in LANES)}


async def _ask_database(
    settings: Settings,
) -> tuple[LetterStatus | None, Mapping[Partition, int], list[str]]:
    try:
        async with (
            await Database.connect(settings.database_url or "", timeout_seconds=ANSWER_SECONDS) as database,
            database.connection() as connection,
        ):
            counts = await count_dead_letters(connection, DeadLetterFilter(with_held=True))
            offsets = await read_offsets(connection)
    except DatabaseError as error:
        return None, {}, [str(error)]
    by_reason: dict[str, int] = {}
    for row in counts:
        by_reason[row.reason] = by_reason.get(row.reason, 0) + row.count
    held = sum(by_reason.pop(reason, 0) for reason in _HELD)
    return LetterStatus(sum(by_reason.values()), held, by_reason), offsets, []


def _unattended(lanes: Sequence[LaneStatus]) -> list[str]:
    """A lane that nobody uses needs no process, except for the unitary one, which every installation has."""
    return [
        f"No process of lane {lane.lane} is running: start `clarion run --lane {lane.lane}`."
        for lane in lanes
        if not lane.processes and (lane.lag or lane.lane == LANES[0])
    ]
