"""How far a projection is behind, when that cannot be found out."""

from config.loading import load_settings
from consumer.reports.progress import shortfall


async def test_a_kafka_that_does_not_answer_is_named_with_the_cause() -> None:
    settings = load_settings(kafka_bootstrap_servers="127.0.0.1:9")

    assert await shortfall(settings, {("clarion.executions", 0): 1}) == (
        "How far the projection is behind is not known: Kafka does not answer at 127.0.0.1:9 "
        "(connection refused); start it, or correct CLARION_KAFKA_BOOTSTRAP_SERVERS."
    )
