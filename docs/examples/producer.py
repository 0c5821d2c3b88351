"""Send one trigger: python producer.py BOOTSTRAP_SERVERS TOPIC USER_ID RESET_URL (needs confluent-kafka)."""

import json
import sys
import uuid

from confluent_kafka import KafkaError, Producer

servers, topic, user_id, reset_url = sys.argv[1:]
# Idempotence implies acks=all. The partitioner is Java's, so that every language puts a key on one partition.
producer = Producer(
    {"bootstrap.servers": servers, "enable.idempotence": True, "partitioner": "murmur2_random"}
)
# Store the requestId with your own request, and use it again when you repeat the trigger.
trigger = {
    "requestId": str(uuid.uuid4()),
    "campaignId": "password-reset",
    "recipients": [{"namespace": "email", "userId": user_id, "context": {"resetUrl": reset_url}}],
}

errors: list[KafkaError] = []
producer.produce(
    topic,
    json.dumps(trigger).encode(),
    key=f"email:{user_id}".encode(),
    on_delivery=lambda error, _: errors.append(error) if error else None,
)
if producer.flush(30) or errors:
    sys.exit(f"not acknowledged, repeat it with the same requestId: {errors or 'no answer in 30 s'}")
print(trigger["requestId"])
