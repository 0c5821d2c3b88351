"""What a person sees when a setting cannot be used."""

from typing import Final

ENVIRONMENT_PREFIX: Final = "CLARION_"


class SettingsError(Exception):
    """Settings that cannot be used: one line for each, with its name, what is wrong and what is allowed."""


_WHAT: Final = {
    "kafka_bootstrap_servers": "the Kafka brokers, for example localhost:9092",
    "database_url": "PostgreSQL, for example postgresql://user:password@localhost:5432/clarion",
}


def unset(field: str) -> str:
    """What to say of a setting that a command needs and that is not set."""
    return f"{environment_name(field)}: is not set; set it to {_WHAT[field]}."


def environment_name(field: str) -> str:
    """The environment variable that sets a field."""
    return ENVIRONMENT_PREFIX + field.upper()
