"""The topics as an AsyncAPI 3.0 document: what Clarion reads and writes, and who is at the other end."""

from typing import Final

from schemas import names
from schemas.channel import Channel
from schemas.headers import TRACEPARENT, record_headers
from schemas.json import JsonObject

_BINDING: Final = {"bindingVersion": "0.5.0"}
_RECIPIENT_KEY: Final = "`namespace:userId`, so that one person's messages keep their order."


def asyncapi() -> JsonObject:
    """The document; schemas are referred to by the files beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Clarion",
            "version": "1.0.0",
            "description": "API-triggered campaigns on Kafka. Operations are described from Clarion's side: "
            "producers send the triggers that it receives; channel services receive the deliveries it sends.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "description": "CLARION_KAFKA_BOOTSTRAP_SERVERS. Read with isolation.level=read_committed.",
            }
        },
        "channels": dict(_channels()),
        "operations": _operations(),
        "components": {"messages": _messages(), "parameters": {"prefix": _PREFIX}},
    }


_PREFIX: Final[JsonObject] = {"description": "CLARION_TOPIC_PREFIX.", "default": "clarion."}


def _channels() -> list[tuple[str, JsonObject]]:
    return [
        _channel("triggers", "triggers", "trigger", "Requests, executed by the lane `unitary`."),
        _channel(
            "triggersHighThroughput",
            "triggers.high-throughput",
            "trigger",
            "Requests for `external` recipients, executed by the lane `high-throughput`, without claims.",
        ),
        _channel(
            "triggersAudience",
            "triggers.audience",
            "trigger",
            "The members of audiences, which Clarion puts here itself, executed by the lane `audience`.",
        ),
        *(
            _channel(
                f"deliveries{channel.capitalize()}",
                f"deliveries.{channel}",
                f"{channel}Delivery",
                f"Messages to be sent by the {channel} service; it drops a deliveryId it has sent.",
            )
            for channel in Channel
        ),
        _channel("executions", "executions", "execution", "What became of each trigger."),
        _channel("profilesCreated", "profiles.created", "profileCreated", "People not known before."),
        _channel("deadLetters", "dead-letters", "deadLetter", "Triggers that could not be executed."),
        _channel(
            "resolutions",
            "dead-letters.resolutions",
            "resolution",
            "What was done about dead letters: the last record for a key stands.",
            {"cleanup.policy": ["compact"]},
        ),
        _channel("feedback", "feedback", "feedback", "What channel services report of deliveries."),
        _channel(
            "feedbackInvalid",
            "feedback.invalid",
            "feedbackInvalid",
            "Records of the feedback topic that are no feedback; after a crash one can be there twice.",
        ),
    ]


def _channel(
    name: str, topic: str, message: str, description: str, configuration: JsonObject | None = None
) -> tuple[str, JsonObject]:
    kafka = {"topicConfiguration": configuration} if configuration else {"partitions": 12}
    return name, {
        "address": f"{{prefix}}{topic}",
        "description": description,
        "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {"kafka": kafka | _BINDING},
    }


def _operations() -> JsonObject:
    deliveries = {
        f"deliver{channel.capitalize()}": _operation(
            "send",
            f"deliveries{channel.capitalize()}",
            f"The {channel} service receives these and sends them on.",
        )
        for channel in Channel
    }
    return {
        "executeTriggers": _operation("receive", "triggers", "Producers send these."),
        "executeHighThroughputTriggers": _operation(
            "receive",
            "triggersHighThroughput",
            "Producers send these, where speed matters more than profiles.",
        ),
        **deliveries,
        "reportExecutions": _operation("send", "executions", "For applications that follow up on a request."),
        "announceProfiles": _operation("send", "profilesCreated", "For the systems that keep profiles."),
        "setAside": _operation("send", "deadLetters", "For operators, who replay or discard them."),
        "readDeadLetters": _operation("receive", "deadLetters", "Read by list, show, replay and discard."),
        "replay": _operation(
            "send",
            "triggers",
            "A dead letter's original record, with its attempt, origin and failures as headers.",
        ),
        "countFeedback": _operation(
            "receive", "feedback", "Channel services send these, keyed by deliveryId."
        ),
        "setAsideFeedback": _operation("send", "feedbackInvalid", "For whoever looks after the services."),
        "resolve": _operation("send", "resolutions", "Sent in one transaction with the replayed record."),
    }


def _operation(action: str, channel: str, description: str) -> JsonObject:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "description": description}


def _messages() -> JsonObject:
    deliveries = {
        f"{channel}Delivery": _record(names.DELIVERY[channel], f"A message by {channel}.", _RECIPIENT_KEY)
        for channel in Channel
    }
    return {
        "trigger": {
            **_message(names.TRIGGER, "One request.", "The producer's choice; best the recipient."),
            "headers": {"type": "object", "properties": {"traceparent": TRACEPARENT}},
        },
        **deliveries,
        "execution": _record(names.EXECUTION, "All outcomes of one trigger.", "The executionId."),
        "profileCreated": _record(names.PROFILE_CREATED, "A profile that a trigger created.", _RECIPIENT_KEY),
        "deadLetter": {
            **_message(None, "The original record, untouched, and why it failed.", "The original's."),
            "headers": {"$ref": f"./{names.DEAD_LETTER_HEADERS}.json"},
        },
        "feedback": _message(names.FEEDBACK, "One event of one delivery.", "The deliveryId."),
        "feedbackInvalid": {
            **_message(None, "The original record, untouched, and why it has no effect.", "The original's."),
            "headers": {"$ref": f"./{names.FEEDBACK_INVALID_HEADERS}.json"},
        },
        "resolution": _record(
            names.DEAD_LETTER_RESOLUTION,
            "A letter replayed or discarded.",
            "The letter's `partition:offset`.",
        ),
    }


def _record(schema: str, summary: str, key: str) -> JsonObject:
    return {**_message(schema, summary, key), "headers": record_headers(schema)}


def _message(schema: str | None, summary: str, key: str) -> JsonObject:
    payload: JsonObject = {"$ref": f"./{schema}.json"}
    if schema is None:
        payload = {"description": "Any bytes, as they came."}
    return {
        "summary": summary,
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, **_BINDING}},
    }
