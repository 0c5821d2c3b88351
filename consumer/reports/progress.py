"""How far the projection is behind its topics, in a sentence for people."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka.errors import KafkaError

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.kafka.errors import ExplainedKafkaError, TopicsMissingError
from consumer.kafka.reader import Extent, TopicReader, projected_topics
from consumer.kafka.record import Partition
from consumer.kafka.topics import Topics

ANSWER_SECONDS: Final = 5.0

NEVER_RUN: Final = "Nothing is projected yet: start `clarion project`, which fills these tables."


async def shortfall(settings: Settings, offsets: Mapping[Partition, int]) -> str | None:
    """Why the tables may lack what has happened; None when they have it all.

    `offsets` are the projection's own, as `read_offsets` gives them.
    """
    if not offsets:
        return NEVER_RUN
    if settings.kafka_bootstrap_servers is None:
        return None
    topics = projected_topics(Topics(settings.topic_prefix), by_person=bool(settings.signing_keys))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            async with TopicReader(kafka_client_options(settings), topics) as reader:
                return _behind(await reader.extents(), offsets)
    except ExplainedKafkaError as error:
        return f"How far the projection is behind is not known: {error}"
    except TopicsMissingError as error:
        return f"How far the projection is behind is not known: topics are {error}."
    except (KafkaError, TimeoutError, OSError):
        servers = settings.kafka_bootstrap_servers
        return f"Kafka at {servers} does not answer, so how far the projection is behind is not known."


def _behind(extents: Mapping[Partition, Extent], offsets: Mapping[Partition, int]) -> str | None:
    lag = {p: extent.end - max(offsets.get(p, 0), extent.begin) for p, extent in extents.items()}
    records = sum(behind for behind in lag.values() if behind > 0)
    if not records:
        return None
    return f"The projection is {records:,} records behind the topics; is `clarion project` running?"
