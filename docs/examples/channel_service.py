"""Send e-mails once: python channel_service.py SERVERS TOPIC GROUP DATABASE (needs confluent-kafka)."""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaException


def send(delivery: dict[str, Any]) -> None:
    """Hand it to your provider; give it the deliveryId as the idempotency key if it takes one."""
    print(delivery["deliveryId"], delivery["address"], delivery["content"]["subject"], flush=True)


def handle(delivery: dict[str, Any], sent: sqlite3.Connection) -> None:
    expires_at = delivery.get("expiresAt")
    if expires_at and datetime.now(UTC) >= datetime.fromisoformat(expires_at):
        return  # nobody wants this message any more
    if sent.execute("SELECT 1 FROM sent WHERE id = ?", [delivery["deliveryId"]]).fetchone():
        return  # sent before a crash, or by a repeat on the high-throughput lane
    send(delivery)
    with sent:
        sent.execute("INSERT INTO sent VALUES (?)", [delivery["deliveryId"]])


servers, topic, group, database = sys.argv[1:]
table = sqlite3.connect(database)
table.execute("CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY)")
settings = {"bootstrap.servers": servers, "group.id": group, "isolation.level": "read_committed"}
consumer = Consumer(settings | {"enable.auto.commit": False, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if error := message.error():
        raise KafkaException(error)
    handle(json.loads(message.value()), table)
    consumer.commit(message, asynchronous=False)  # after sending, never before
