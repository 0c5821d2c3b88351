"""Channel configurations: named sender settings."""

from dataclasses import dataclass
from datetime import datetime

from consumer.store.database import Connection
from consumer.store.registry import Change
from schemas.campaign import ChannelConfiguration


@dataclass(frozen=True, slots=True)
class StoredConfiguration:
    configuration: ChannelConfiguration
    updated_at: datetime


async def find_configurations(connection: Connection) -> dict[str, StoredConfiguration]:
    """All of them by name, in the order of their names."""
    rows = await connection.fetch(
        "SELECT name, definition, updated_at FROM channel_configurations ORDER BY name"
    )
    return {
        row["name"]: StoredConfiguration(
            ChannelConfiguration.model_validate(row["definition"]), row["updated_at"]
        )
        for row in rows
    }


async def write_configuration(change: Change, name: str, configuration: ChannelConfiguration) -> None:
    await change.connection.execute(
        """
        INSERT INTO channel_configurations (name, revision, definition) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE
        SET revision = excluded.revision, definition = excluded.definition, updated_at = now()
        """,
        name,
        change.revision,
        configuration.model_dump(mode="json"),
    )
    change.is_made = True
