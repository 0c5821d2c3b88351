"""FastStream, a batch at a time. Its best is at least once: it has no transactions over what is read.

Each output goes by `publish`, without waiting, and all are awaited before the batch is acknowledged:
`publish_batch` would write all to one partition whatever their keys, with the same headers for each.
"""

import asyncio
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.peers.arguments import where
from bench.peers.work import Source, Work

BATCH_RECORDS = 2_000
BATCH_BYTES = 512 * 1024


async def undecoded(message: KafkaMessage) -> Any:  # noqa: ANN401 - as the framework has it
    """Leave the values as they are: the work reads them."""
    return message.body


def main() -> None:
    place = where()
    work = Work(place.prefix)
    broker = KafkaBroker(place.servers, logger=None, acks="all", max_batch_size=BATCH_BYTES)

    @broker.subscriber(  # type: ignore[untyped-decorator]  # not in the checked environment
        place.topic,
        batch=True,
        max_records=BATCH_RECORDS,
        group_id=place.group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=undecoded,
    )
    async def execute(message: KafkaMessage) -> None:
        records = message.raw_message
        assert isinstance(records, tuple)
        sent = [
            await broker.publish(
                output.value, output.topic, key=output.key, headers=dict(output.headers), no_confirm=True
            )
            for record in records
            for output in work.outputs(
                record.key,
                record.value,
                Source(record.topic, record.partition, record.offset, record.timestamp),
            )
        ]
        await asyncio.gather(*sent)

    asyncio.run(FastStream(broker, logger=None).run())


if __name__ == "__main__":
    main()
