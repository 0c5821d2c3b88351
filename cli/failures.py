"""Errors as sentences and exit codes. Imported when there is one."""
# What the clients of both servers raise is imported with the clients, which takes time.
# ruff: noqa: PLC0415

import asyncio

from cli.exit_codes import FAILED, USAGE
from config.errors import SettingsError


def explained(error: Exception) -> tuple[str, int] | None:
    """What to say, and what to exit with; None for what is no error of the outside, but of the program."""
    if isinstance(error, SettingsError):
        return str(error), USAGE
    sentence = _about_database(error) or _about_kafka(error)
    return (sentence, FAILED) if sentence else None


def _about_database(error: Exception) -> str | None:
    from consumer.store.errors import DatabaseError

    return str(error) if isinstance(error, DatabaseError) else None


def _about_kafka(error: Exception) -> str | None:
    from aiokafka.errors import KafkaConnectionError, KafkaError

    from config.kafka import kafka_client_options
    from config.loading import load_settings
    from consumer.kafka.diagnosis import unreachable
    from consumer.kafka.errors import ExplainedKafkaError, UnreadableBatchError

    match error:
        case ExplainedKafkaError() | UnreadableBatchError():
            return str(error)
        case KafkaConnectionError():
            return str(asyncio.run(unreachable(kafka_client_options(load_settings()))))
        case KafkaError():
            return f"Kafka refuses: {error}."
    return None
