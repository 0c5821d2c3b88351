"""The installation's topics on the cluster: creating them, and saying that some are missing."""

from collections.abc import Collection
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.kafka.topics import Topics


class TopicsMissingError(Exception):
    """Topics are missing; run `clarion topics create`."""


def refuse_missing(wanted: Collection[str], existing: Collection[str]) -> None:
    """Raises TopicsMissingError."""
    if missing := sorted(set(wanted) - set(existing)):
        raise TopicsMissingError(f"missing {', '.join(missing)}: run `clarion topics create`")


async def create_topics(settings: Settings) -> tuple[list[str], list[str]]:
    """Names of the topics created, and of those that existed.

    Raises KafkaError when a topic can neither be made nor found.
    """
    wanted = Topics(settings.topic_prefix).settings(
        int(settings.dead_letter_retention.total_seconds() * 1000)
    )
    admin = AIOKafkaAdminClient(**kafka_client_options(settings))
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = {name: configs for name, configs in wanted.items() if name not in existing}
        new = [
            NewTopic(
                name, settings.topic_partitions, settings.replication_factor, topic_configs=dict(configs)
            )
            for name, configs in missing.items()
        ]
        if new:
            _check(await admin.create_topics(new))
    finally:
        await admin.close()
    return sorted(missing), sorted(wanted.keys() & existing)


def _check(response: Any) -> None:  # noqa: ANN401 - the client's responses have no types
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        # Somebody else made it in the meantime: as well.
        if code and error is not TopicAlreadyExistsError:
            raise KafkaError(f"topic {name} was not created: {message[0] if message else error.__name__}")
