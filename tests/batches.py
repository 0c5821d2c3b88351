"""Record batches as they lie on a topic: their codecs, which readers of records no longer see."""
# mypy: allow-untyped-calls

from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from tests.installation import Installation

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
FETCH_BYTES = 16_000_000


async def codecs_on(installation: Installation, topic: str) -> set[str]:
    """The codecs of all batches of the topic, but for those that only end a transaction."""
    client = AIOKafkaClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await client.bootstrap()
    try:
        await client._wait_on_metadata(topic)  # noqa: SLF001 - the client has no public way
        found = [await _fetch(client, topic, p) for p in client.cluster.partitions_for_topic(topic) or ()]
        return {codec for codecs in found for codec in codecs}
    finally:
        await client.close()


async def _fetch(client: AIOKafkaClient, topic: str, partition: int) -> set[str]:
    request = FetchRequest(100, 0, FETCH_BYTES, 0, [(topic, [(partition, 0, FETCH_BYTES)])], rack_id="")
    leader = client.cluster._partitions[topic][partition].leader  # noqa: SLF001 - as above
    response = await client.send(leader, request)
    records = MemoryRecords(response.topics[0][1][0][-1])
    found = set()
    while records.has_next():
        batch: Any = records.next_batch()
        if not batch.is_control_batch:
            found.add(CODECS[batch.compression_type])
    return found
