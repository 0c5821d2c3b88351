"""Errors as sentences and exit codes. Imported when there is one: it needs the clients of both servers."""

import asyncio

from aiokafka.errors import KafkaConnectionError, KafkaError

from cli.exit_codes import FAILED, USAGE
from config.errors import SettingsError
from config.kafka import kafka_client_options
from config.loading import load_settings
from consumer.kafka.diagnosis import unreachable
from consumer.kafka.errors import ExplainedKafkaError, UnreadableBatchError
from consumer.store.errors import DatabaseError


def explained(error: Exception) -> tuple[str, int] | None:
    """What to say, and what to exit with; None for what is no error of the outside, but of the program."""
    match error:
        case SettingsError():
            return str(error), USAGE
        case DatabaseError() | ExplainedKafkaError() | UnreadableBatchError():
            return str(error), FAILED
        case KafkaConnectionError():
            return str(asyncio.run(unreachable(kafka_client_options(load_settings())))), FAILED
        case KafkaError():
            return f"Kafka refuses: {error}.", FAILED
    return None
