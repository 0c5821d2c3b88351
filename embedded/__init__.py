"""A real Kafka and a real PostgreSQL for demo and tests, found or started here, and ended with the program.

Nothing is left behind, not even by kill -9: see embedded/supervise.py.
"""

from embedded.broker import KafkaServer
from embedded.errors import EmbeddedError
from embedded.kafka_choice import kafka, start_kafka
from embedded.postgresql import PostgresServer, postgres, start_postgres

__all__ = [
    "EmbeddedError",
    "KafkaServer",
    "PostgresServer",
    "kafka",
    "postgres",
    "start_kafka",
    "start_postgres",
]
