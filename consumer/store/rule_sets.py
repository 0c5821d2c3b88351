"""Rule sets as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from consumer.store.registry import AnyConnection, Change
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class StoredRuleSet:
    id: str
    definition: JsonObject
    updated_at: datetime


class RuleSetsState(NamedTuple):
    """Differs whenever one was added, changed or removed."""

    number: int
    revision: int
    """The newest of theirs."""
    updated_at: datetime | None
    """For a database that was restored from a backup, and is older."""


async def read_rule_sets_state(connection: AnyConnection) -> RuleSetsState:
    row = await connection.fetchrow(
        "SELECT count(*), coalesce(max(revision), 0), max(updated_at) FROM rule_sets"
    )
    assert row
    return RuleSetsState(*row)


async def list_rule_sets(connection: AnyConnection) -> list[StoredRuleSet]:
    rows = await connection.fetch("SELECT id, definition, updated_at FROM rule_sets ORDER BY id")
    return [StoredRuleSet(**row) for row in rows]


async def write_rule_set(change: Change, id_: str, definition: JsonObject) -> None:
    """Add it, or replace it."""
    await change.connection.execute(
        """
        INSERT INTO rule_sets (id, revision, definition) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE
        SET revision = excluded.revision, definition = excluded.definition, updated_at = now()
        """,
        id_,
        change.revision,
        definition,
    )
    change.is_made = True


async def delete_rule_set(change: Change, id_: str) -> None:
    await change.connection.execute("DELETE FROM rule_sets WHERE id = $1", id_)
    # The others are read again, whatever was removed.
    await change.connection.execute("UPDATE rule_sets SET revision = $1", change.revision)
    change.is_made = True


async def campaigns_with_rule_set(connection: AnyConnection, id_: str) -> Sequence[str]:
    """The campaigns whose live version or draft names it."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT campaign_id FROM campaign_versions AS v JOIN campaigns AS c ON c.id = v.campaign_id
        WHERE status IN ('live', 'draft') AND archived_at IS NULL AND definition ->> 'ruleSet' = $1
        ORDER BY campaign_id
        """,
        id_,
    )
    return [row["campaign_id"] for row in rows]
