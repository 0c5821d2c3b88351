"""`clarion migrate`."""

import asyncio

import typer

from config.settings import load_settings
from consumer.cli.settings import require


def migrate() -> None:
    """Bring the database's tables to this version; does nothing when they are."""
    # Alembic and SQLAlchemy: 28 MB that no other command should carry.
    from consumer.store.migrate import migrate as upgrade  # noqa: PLC0415

    settings = require(load_settings(), "database_url")
    migration = asyncio.run(upgrade(settings.database_url or ""))
    if migration.before == migration.after:
        typer.echo(f"The database is up to date (revision {migration.after}).")
    else:
        typer.echo(f"Migrated the database from {migration.before or 'nothing'} to {migration.after}.")
