"""The chosen letters, read from Kafka in one pass, each with whether it is resolved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.letter import DeadLetter, read_letter
from consumer.dead_letters.resolved import read_resolved
from consumer.dead_letters.watcher import Watcher
from consumer.kafka.cluster import Cluster
from consumer.kafka.record import Record
from consumer.kafka.scan import scanning


class Found(NamedTuple):
    letter: DeadLetter
    record: Record
    is_resolved: bool


@asynccontextmanager
async def choosing(cluster: Cluster, choice: Choice, watcher: Watcher) -> AsyncIterator[AsyncIterator[Found]]:
    """The chosen letters up to the topic's end as of now, each partition's in their order.

    Resolutions are read first, and all of them: what was resolved before this call is reported as resolved.
    """
    topic = cluster.topics.dead_letters
    spans = choice.narrowed(await cluster.spans(topic))
    resolved = await read_resolved(cluster, spans)
    watcher.reading(sum(span.length for span in spans.values()))
    async with scanning(cluster, topic, spans) as fetches:

        async def found() -> AsyncIterator[Found]:
            async for records in fetches:
                for record in records:
                    letter = read_letter(record)
                    if choice.takes(letter):
                        yield Found(letter, record, letter in resolved)
                watcher.read(len(records))

        yield found()
