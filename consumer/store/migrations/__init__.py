"""The history of the database's tables, for alembic."""

from importlib.resources import files


def newest_revision() -> str:
    """By the names of the files: alembic, which could tell, is imported only by who migrates."""
    names = (entry.name for entry in files("consumer.store.migrations.versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())
