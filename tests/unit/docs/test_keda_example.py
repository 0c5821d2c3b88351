"""The example for Kubernetes is a ScaledObject, and names what our defaults name."""

from pathlib import Path
from typing import Any

import jsonschema
import yaml

from config.settings import Settings
from consumer.kafka.topics import Topics

FILE = Path(__file__).parents[3] / "docs" / "examples" / "keda-scaledobject.yaml"

POLICIES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "stabilizationWindowSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
        "selectPolicy": {"enum": ["Max", "Min", "Disabled"]},
        "policies": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "value", "periodSeconds"],
                "properties": {
                    "type": {"enum": ["Pods", "Percent"]},
                    "value": {"type": "integer", "minimum": 1},
                    "periodSeconds": {"type": "integer", "minimum": 1, "maximum": 1800},
                },
            },
        },
    },
}
# The part of keda.sh/v1alpha1 that the example uses, closed to any other word. By KEDA's own definition of
# August 2026, with unknown fields refused, the file was valid too.
SCALED_OBJECT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "keda.sh/v1alpha1"},
        "kind": {"const": "ScaledObject"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["scaleTargetRef", "triggers"],
            "properties": {
                "scaleTargetRef": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name"],
                    "properties": {name: {"type": "string"} for name in ("apiVersion", "kind", "name")},
                },
                "minReplicaCount": {"type": "integer", "minimum": 0},
                "maxReplicaCount": {"type": "integer", "minimum": 1},
                "pollingInterval": {"type": "integer", "minimum": 1},
                "cooldownPeriod": {"type": "integer", "minimum": 0},
                "triggers": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["type", "metadata"],
                        "properties": {
                            "type": {"const": "kafka"},
                            "metadata": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["bootstrapServers", "consumerGroup", "topic"],
                                # KEDA takes strings only, also for numbers.
                                "properties": {
                                    "bootstrapServers": {"type": "string"},
                                    "consumerGroup": {"type": "string"},
                                    "topic": {"type": "string"},
                                    "lagThreshold": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                                    "activationLagThreshold": {"type": "string", "pattern": "^[0-9]+$"},
                                    "offsetResetPolicy": {"enum": ["earliest", "latest"]},
                                },
                            },
                        },
                    },
                },
                "advanced": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "horizontalPodAutoscalerConfig": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "behavior": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "properties": {"scaleUp": POLICIES, "scaleDown": POLICIES},
                                }
                            },
                        }
                    },
                },
            },
        },
    },
}


def example() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


def test_the_example_is_a_scaled_object() -> None:
    jsonschema.Draft202012Validator(SCALED_OBJECT).validate(example())


def test_it_watches_the_topic_and_the_group_of_the_unitary_lane() -> None:
    trigger = example()["spec"]["triggers"][0]["metadata"]
    settings = Settings()
    assert trigger["topic"] == Topics(settings.topic_prefix).triggers("unitary")
    assert trigger["consumerGroup"] == settings.group_for("unitary")
    assert trigger["offsetResetPolicy"] == "earliest"


def test_it_starts_no_more_consumers_than_there_are_partitions() -> None:
    assert example()["spec"]["maxReplicaCount"] == Settings().topic_partitions
