"""A campaign's sample trigger in the words of those who send it: shell, Python, Java, Node. Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from schemas.json import JsonObject

Client = Literal["curl", "kafka", "python", "java", "node"]


def snippet(client: Client, trigger: JsonObject, lane: str, topic: str) -> str:
    """A program or command that sends the trigger. Servers and keys are to be filled in."""
    return _SNIPPETS[client](trigger, lane, topic)


def _json(trigger: JsonObject) -> str:
    return json.dumps(trigger, indent=2, ensure_ascii=False)


def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _curl(trigger: JsonObject, lane: str, _: str) -> str:
    path = "highthroughput" if lane == "high-throughput" else "unitary"
    return (
        f"curl -i http://localhost:8000/ajo/im/executions/{path} \\\n"
        '  -H "Authorization: Bearer $SECRET" -H "Content-Type: application/json" \\\n'
        f"  -d {_shell_quoted(_json(trigger))}\n"
    )


def _kafka(trigger: JsonObject, lane: str, _: str) -> str:
    option = " --lane high-throughput" if lane == "high-throughput" else ""
    return f"printf '%s' {_shell_quoted(_json(trigger))} | clarion send -{option}\n"


def _key(trigger: JsonObject) -> str:
    recipients: Any = trigger["recipients"]
    return f"{recipients[0]['namespace']}:{recipients[0]['userId']}"


def _python(trigger: JsonObject, _: str, topic: str) -> str:
    return f'''\
import json

from confluent_kafka import Producer

trigger = json.loads(r"""
{_json(trigger)}
""")
producer = Producer({{
    "bootstrap.servers": "localhost:9092", "enable.idempotence": True, "partitioner": "murmur2_random"
}})
producer.produce({json.dumps(topic)}, json.dumps(trigger).encode(), key={json.dumps(_key(trigger))}.encode())
producer.flush()
'''


def _java(trigger: JsonObject, _: str, topic: str) -> str:
    text = _json(trigger).replace("\\", "\\\\").replace('"""', '\\"\\"\\"').replace("\n", "\n        ")
    return f'''\
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Send {{
  public static void main(String[] arguments) throws Exception {{
    String trigger = """
        {text}
        """;
    Map<String, Object> settings = Map.of("bootstrap.servers", "localhost:9092");
    var strings = new StringSerializer();
    try (var producer = new KafkaProducer<String, String>(settings, strings, strings)) {{
      producer.send(new ProducerRecord<>({json.dumps(topic)}, {json.dumps(_key(trigger))}, trigger)).get();
    }}
  }}
}}
'''


def _node(trigger: JsonObject, _: str, topic: str) -> str:
    return f"""\
const {{ Kafka, Partitioners }} = require("kafkajs");

const trigger = {_json(trigger)};

async function main() {{
  const kafka = new Kafka({{ brokers: ["localhost:9092"] }});
  const producer = kafka.producer({{ createPartitioner: Partitioners.DefaultPartitioner }});
  await producer.connect();
  const message = {{ key: {json.dumps(_key(trigger))}, value: JSON.stringify(trigger) }};
  await producer.send({{ topic: {json.dumps(topic)}, messages: [message] }});
  await producer.disconnect();
}}

main();
"""


_SNIPPETS: Final[Mapping[Client, Callable[[JsonObject, str, str], str]]] = {
    "curl": _curl,
    "kafka": _kafka,
    "python": _python,
    "java": _java,
    "node": _node,
}
