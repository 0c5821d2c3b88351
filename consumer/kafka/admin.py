"""The installation's topics on the cluster: creating them, and comparing those that are there."""
# mypy: allow-untyped-calls

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.kafka.access import check_rights
from consumer.kafka.connecting import connect
from consumer.kafka.differences import Difference, Shape, differences
from consumer.kafka.errors import RightsMissingError
from consumer.kafka.fencing import set_topic_settings
from consumer.kafka.rights import comparing, creating, setting
from consumer.kafka.topics import Topics


@dataclass(frozen=True, slots=True)
class Created:
    """Names of topics created and of those that existed, and how these differ from what is wanted."""

    created: Sequence[str]
    kept: Sequence[str]
    differences: Sequence[Difference]


async def create_topics(settings: Settings) -> Created:
    """Raises RightsMissingError, and KafkaError when a topic can neither be made nor found."""
    wanted = _wanted(settings)
    async with _admin(settings) as admin:
        await check_rights(admin, comparing(*wanted))
        existing = set(await admin.list_topics())
        if missing := sorted(wanted.keys() - existing):
            _check(await admin.create_topics([_new(name, wanted[name]) for name in missing]))
        kept = sorted(wanted.keys() & existing)
        shapes = await _shapes(admin, kept)
    found = [one for name in kept for one in differences(name, shapes[name], wanted[name])]
    return Created(missing, kept, found)


async def set_differences(settings: Settings, found: Sequence[Difference]) -> None:
    """Set what can be set, topic by topic. Raises KafkaError at the first that the brokers refuse."""
    async with _admin(settings) as admin:
        await check_rights(admin, setting(*{one.topic for one in found if one.can_be_set}))
        for topic, of_topic in groupby((one for one in found if one.can_be_set), key=lambda one: one.topic):
            await set_topic_settings(admin, topic, {one.name: one.wanted for one in of_topic})


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    options = kafka_client_options(settings)
    admin = AIOKafkaAdminClient(**options)
    try:
        await connect(admin, options)
        yield admin
    finally:
        await admin.close()


def _wanted(settings: Settings) -> dict[str, Shape]:
    retention_ms = int(settings.dead_letter_retention.total_seconds() * 1000)
    return {
        name: Shape(settings.topic_partitions, settings.replication_factor, configs)
        for name, configs in Topics(settings.topic_prefix).settings(retention_ms).items()
    }


def _new(name: str, shape: Shape) -> NewTopic:
    return NewTopic(name, shape.partitions, shape.replicas, topic_configs=dict(shape.settings))


def _check(response: Any) -> None:  # noqa: ANN401 - the client's responses have no types
    refused = {name: for_code(code) for name, code, *_ in response.topic_errors}
    if denied := [name for name, error in refused.items() if error is TopicAuthorizationFailedError]:
        raise RightsMissingError(creating(*denied))
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        # Somebody else made it in the meantime: as well.
        if code and error is not TopicAlreadyExistsError:
            raise KafkaError(f"topic {name} was not created: {message[0] if message else error.__name__}")


async def _shapes(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, Shape]:
    if not names:
        return {}
    configs = await _configs(admin, names)
    return {
        topic["topic"]: Shape(
            len(topic["partitions"]),
            min(len(partition["replicas"]) for partition in topic["partitions"]),
            configs[topic["topic"]],
        )
        for topic in await admin.describe_topics(list(names))
    }


async def _configs(admin: AIOKafkaAdminClient, names: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """All settings in effect, by topic. Raises KafkaError."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    response: Any
    [response] = await admin.describe_configs(asked)
    found = {}
    for code, message, _, name, rows in response.resources:
        if code:
            why = message or for_code(code).__name__
            raise KafkaError(f"the settings of topic {name} cannot be read: {why}")
        found[name] = {setting: value for setting, value, *_ in rows}
    return found
