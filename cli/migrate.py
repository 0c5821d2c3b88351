"""`clarion migrate`."""

import asyncio

import typer

from cli.settings import require
from config.loading import load_settings
from consumer.campaigns import allow_list
from consumer.profiles.respelling import respell
from consumer.store.database import Database


def migrate() -> None:
    """Create or upgrade the tables for this version. Safe to repeat."""
    # Alembic and SQLAlchemy: 28 MB that no other command should carry.
    from consumer.store.migrate import Migration  # noqa: PLC0415
    from consumer.store.migrate import migrate as upgrade  # noqa: PLC0415

    settings = require(load_settings(), "database_url")
    url = settings.database_url or ""

    async def bring() -> tuple[Migration, int, int]:
        migration = await upgrade(url)
        async with await Database.connect(url) as database:
            return (
                migration,
                await respell(database, settings.phone_region),
                await allow_list.respell(database, settings.phone_region),
            )

    migration, suppressed, allowed = asyncio.run(bring())
    if migration.before == migration.after:
        typer.echo(f"The database is up to date (revision {migration.after}).")
    else:
        typer.echo(f"Migrated the database from {migration.before or 'nothing'} to {migration.after}.")
    if suppressed:
        typer.echo(f"{suppressed} suppressions are spelled as addresses are compared now.")
    if allowed:
        typer.echo(f"{allowed} entries of the allow list are spelled as addresses are compared now.")
