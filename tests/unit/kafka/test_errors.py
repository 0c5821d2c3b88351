"""Whoever waits for a Kafka that does not answer learns which one."""

import pytest

from config.loading import load_settings
from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import NoAnswerError


def test_a_kafka_that_does_not_answer_is_named() -> None:
    cluster = Cluster.of(load_settings(kafka_bootstrap_servers="a.example:9092,b.example:9092"))

    with (
        pytest.raises(
            NoAnswerError, match=r"Kafka at a.example:9092,b.example:9092 does not answer while reading"
        ),
        cluster.answering("reading"),
    ):
        raise TimeoutError
