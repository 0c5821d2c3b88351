"""Send e-mails once: python channel_service.py SERVERS TOPIC GROUP DATABASE (needs confluent-kafka)."""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer


def send(delivery: dict[str, Any]) -> None:
    """Hand it to your provider; give it the deliveryId as the idempotency key if it takes one."""
    print(delivery["deliveryId"], delivery["address"], delivery["content"]["subject"], flush=True)


def report(delivery_id: str, kind: str, at: str, **more: str) -> None:
    """Say what became of it. The same event with the same time counts once, however often it is reported."""
    event = {"deliveryId": delivery_id, "type": kind, "at": at, **more}
    producer.produce(feedback, json.dumps(event), key=delivery_id)


def handle(delivery: dict[str, Any], sent: sqlite3.Connection) -> None:
    delivery_id, now = delivery["deliveryId"], datetime.now(UTC)
    expires_at = delivery.get("expiresAt")
    if expires_at and now >= datetime.fromisoformat(expires_at):
        return  # nobody wants this message any more
    found = sent.execute("SELECT at FROM sent WHERE id = ?", [delivery_id]).fetchone()
    if found:  # sent before a crash, or by a repeat on the high-throughput lane; perhaps not yet reported
        report(delivery_id, "sent", found[0])
        return
    try:
        send(delivery)
    except ValueError as refused:  # your provider's own error for an address that does not exist
        report(delivery_id, "bounced", now.isoformat(), bounce="hard", detail=str(refused))
        return
    with sent:
        sent.execute("INSERT INTO sent VALUES (?, ?)", [delivery_id, now.isoformat()])
    report(delivery_id, "sent", now.isoformat())


servers, topic, group, database = sys.argv[1:]
feedback = topic.partition("deliveries.")[0] + "feedback"
table = sqlite3.connect(database)
table.execute("CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, at TEXT NOT NULL)")
settings = {"bootstrap.servers": servers, "group.id": group, "isolation.level": "read_committed"}
producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
consumer = Consumer(settings | {"enable.auto.commit": False, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if error := message.error():
        raise KafkaException(error)
    handle(json.loads(message.value()), table)
    producer.flush()  # what was reported has arrived
    consumer.commit(message, asynchronous=False)  # after sending, never before
