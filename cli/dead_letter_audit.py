"""Commands that change what is in Kafka record it in the audit, where there is a database."""

import asyncio
from collections.abc import Awaitable, Callable

import typer

from cli.operator import acting_as_operator
from config.settings import Settings
from consumer.store.database import Connection, Database
from consumer.store.errors import DatabaseError


def record_change(
    settings: Settings, operator: str | None, record: Callable[[Connection], Awaitable[None]]
) -> None:
    """Record a change before it is made, since it can be interrupted.

    Without the database the change is made all the same: its resolutions name run and operator.
    """
    if settings.database_url is None:
        return
    try:
        with acting_as_operator(settings, operator):
            asyncio.run(_record(settings.database_url, record))
    except DatabaseError as error:
        typer.echo(f"This is not recorded in the audit: {error}", err=True)


async def _record(url: str, record: Callable[[Connection], Awaitable[None]]) -> None:
    async with await Database.connect(url) as database, database.transaction() as connection:
        await record(connection)
