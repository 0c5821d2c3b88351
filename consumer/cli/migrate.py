"""`clarion migrate`."""

import asyncio

import typer

from config.settings import load_settings
from consumer.cli.settings import require
from consumer.migrate import migrate as upgrade


def migrate() -> None:
    """Bring the database's tables to this version; does nothing when they are."""
    settings = require(load_settings(), "database_url")
    migration = asyncio.run(upgrade(settings.database_url or ""))
    if migration.before == migration.after:
        typer.echo(f"The database is up to date (revision {migration.after}).")
    else:
        typer.echo(f"Migrated the database from {migration.before or 'nothing'} to {migration.after}.")
