"""confluent-kafka (librdkafka) in transactions: consume many, produce, add the offsets, commit."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import signal
from threading import Event

from confluent_kafka import Consumer, Message, Producer

from bench.peers.arguments import Where, where
from bench.peers.work import Source, Work

TRANSACTION_RECORDS = 2_000
ANSWER_SECONDS = 30.0


def main() -> None:
    place, stop = where(), Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    consumer = Consumer(
        {
            "bootstrap.servers": place.servers,
            "group.id": place.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": place.servers,
            "transactional.id": place.group,
            "partitioner": "murmur2_random",
            "linger.ms": 5,
            "batch.size": 512 * 1024,
        }
    )
    producer.init_transactions(ANSWER_SECONDS)
    consumer.subscribe([place.topic])
    while not stop.is_set():
        _transaction(consumer, producer, Work(place.prefix), place)
    consumer.close()


def _transaction(consumer: Consumer, producer: Producer, work: Work, place: Where) -> None:
    messages = consumer.consume(TRANSACTION_RECORDS, timeout=0.1)
    if not messages:
        return
    producer.begin_transaction()
    for message in messages:
        for output in work.outputs(message.key(), message.value() or b"", _source(message, place.topic)):
            producer.produce(output.topic, output.value, output.key, headers=list(output.headers))
    producer.send_offsets_to_transaction(
        consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), ANSWER_SECONDS
    )
    producer.commit_transaction(ANSWER_SECONDS)


def _source(message: Message, topic: str) -> Source:
    return Source(topic, message.partition() or 0, message.offset() or 0, message.timestamp()[1])


if __name__ == "__main__":
    main()
