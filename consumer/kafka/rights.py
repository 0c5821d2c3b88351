"""What each role may do on the cluster: the rights it needs, no more.

docs/deployment.md shows the same as a table for administrators; a test keeps the two equal.
"""

from dataclasses import dataclass
from enum import StrEnum

from consumer.kafka.topics import LANES, Topics
from schemas.channel import Channel


class Operation(StrEnum):
    """Kafka's operations by their names in access control lists. Read and Write include Describe."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    ALTER_CONFIGS = "AlterConfigs"


class Resource(StrEnum):
    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional id"


@dataclass(frozen=True, slots=True)
class Right:
    operation: Operation
    resource: Resource
    name: str

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource} {self.name}"


def reading(*topics: str) -> list[Right]:
    return [Right(Operation.READ, Resource.TOPIC, topic) for topic in topics]


def writing(*topics: str) -> list[Right]:
    return [Right(Operation.WRITE, Resource.TOPIC, topic) for topic in topics]


def writing_back(*topics: str) -> list[Right]:
    """What a replay needs of a topic besides: how large a record it takes."""
    sized = [Right(Operation.DESCRIBE_CONFIGS, Resource.TOPIC, topic) for topic in topics]
    return [*writing(*topics), *sized]


def creating(*topics: str) -> list[Right]:
    return [Right(Operation.CREATE, Resource.TOPIC, topic) for topic in topics]


def comparing(*topics: str) -> list[Right]:
    """The settings of a topic."""
    operations = (Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS)
    return [Right(operation, Resource.TOPIC, topic) for topic in topics for operation in operations]


def setting(*topics: str) -> list[Right]:
    return [Right(Operation.ALTER_CONFIGS, Resource.TOPIC, topic) for topic in topics]


def transactional(transactional_id: str) -> Right:
    return Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, transactional_id)


def consumer_rights(topics: Topics, lane: str, group_id: str, transactional_id: str) -> list[Right]:
    """Of `clarion run`; the audience lane's also makes the triggers that it reads."""
    return [
        *reading(topics.triggers(lane)),
        *(writing(topics.triggers(lane)) if lane == "audience" else ()),
        Right(Operation.READ, Resource.GROUP, group_id),
        *writing(*topics.written_by_the_consumer()),
        transactional(transactional_id),
    ]


def gateway_rights(topics: Topics) -> list[Right]:
    """Of `clarion serve`."""
    return [*triggering_rights(topics), *writing(topics.feedback)]


def triggering_rights(topics: Topics) -> list[Right]:
    """What the gateway needs to be ready: triggers are what it is for."""
    return writing(topics.triggers("unitary"), topics.triggers("high-throughput"))


def projector_rights(topics: Topics) -> list[Right]:
    """Of `clarion project`."""
    return reading(topics.executions, topics.dead_letters, topics.resolutions)


def feedback_rights(topics: Topics) -> list[Right]:
    """Of `clarion feedback`."""
    deliveries = [topics.deliveries(channel) for channel in Channel]
    return [*reading(topics.feedback, *deliveries), *writing(topics.feedback_invalid)]


def operator_rights(topics: Topics) -> list[Right]:
    """Of all `clarion dead-letters` commands; `list` and `show` only read."""
    return [
        *reading(topics.dead_letters, topics.resolutions),
        *writing_back(topics.resolutions, *map(topics.triggers, LANES)),
        transactional(replay_id(topics)),
    ]


def replay_id(topics: Topics) -> str:
    """The one transactional id of all who write letters back."""
    return f"{topics.prefix}replay"
