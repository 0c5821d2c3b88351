"""`clarion topics create`."""

import asyncio
from typing import Any

import typer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from config.kafka import kafka_client_options
from config.settings import Settings, load_settings
from consumer.topics import Topics

app = typer.Typer(no_args_is_help=True, help="The topics of an installation.")


@app.command()
def create() -> None:
    """Create the topics that do not exist yet; those that do are left as they are."""
    settings = load_settings()
    created, kept = asyncio.run(create_topics(settings))
    for name in created:
        typer.echo(f"created {name}")
    for name in kept:
        typer.echo(f"exists  {name}")


async def create_topics(settings: Settings) -> tuple[list[str], list[str]]:
    """Names of the topics created, and of those that existed.

    Raises KafkaError when a topic can neither be made nor found.
    """
    wanted = Topics(settings.topic_prefix).settings(
        int(settings.dead_letter_retention.total_seconds() * 1000)
    )
    admin = AIOKafkaAdminClient(**kafka_client_options(settings))
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = {name: configs for name, configs in wanted.items() if name not in existing}
        new = [
            NewTopic(
                name, settings.topic_partitions, settings.replication_factor, topic_configs=dict(configs)
            )
            for name, configs in missing.items()
        ]
        if new:
            _check(await admin.create_topics(new))
    finally:
        await admin.close()
    return sorted(missing), sorted(wanted.keys() & existing)


def _check(response: Any) -> None:  # noqa: ANN401 - the client's responses have no types
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        # Somebody else made it in the meantime: as well.
        if code and error is not TopicAlreadyExistsError:
            raise KafkaError(f"topic {name} was not created: {message[0] if message else error.__name__}")
