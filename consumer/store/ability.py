"""What a process must be able to do in the database: asked by its probe, before any work fails for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consumer.store.database import Database
from consumer.store.errors import READ_ONLY, DatabaseAccessError, DatabaseReadOnly

_REGISTRY: Final = dict.fromkeys(
    (
        "campaigns",
        "campaign_versions",
        "channel_configurations",
        "registry_revision",
        "allow_list",
        "allow_list_switch",
        "rule_sets",
    ),
    "SELECT",
)
_PARTITIONS: Final = {"partitions": "SELECT, INSERT, UPDATE"}


@dataclass(frozen=True, slots=True)
class Ability:
    """Rights by table, and whether the server must take writes for the work to go on."""

    rights: Mapping[str, str]
    writes: bool = True


CLAIMING: Final = Ability(
    {
        **_REGISTRY,
        **_PARTITIONS,
        "claims": "SELECT, INSERT, UPDATE, DELETE",
        "cap_uses": "SELECT, INSERT, UPDATE, DELETE",
        "identities": "SELECT, INSERT",
        "profiles": "SELECT, INSERT",
        "suppressions": "SELECT",
    }
)
EXPANDING: Final = Ability(
    {
        **CLAIMING.rights,
        "audiences": "SELECT",
        "audience_lists": "SELECT",
        "audience_executions": "SELECT, INSERT, UPDATE",
        "audience_pages": "SELECT, INSERT, DELETE",
        "audience_outcomes": "SELECT, INSERT, UPDATE, DELETE",
        "audience_expander": "SELECT, UPDATE",
        "audience_schedules": "SELECT, UPDATE",
    }
)
# It writes only when partitions move; until then a database that takes no writes keeps no trigger waiting.
CLAIMING_NOTHING: Final = Ability({**_REGISTRY, **_PARTITIONS}, writes=False)
# Of the gateway, to take triggers. What its API changes needs the rights of the commands that do the same.
SERVING: Final = Ability(
    {**_REGISTRY, **dict.fromkeys(("api_keys", "profiles", "identities"), "SELECT")}, writes=False
)
PROJECTING: Final = Ability(
    dict.fromkeys(
        (
            *("executions", "execution_people", "outcome_counts", "report_outcomes"),
            *("dead_letters", "resolutions", "projection_offsets"),
        ),
        "SELECT, INSERT, UPDATE, DELETE",
    )
)
FEEDBACK: Final = Ability(
    {
        **dict.fromkeys(
            (
                *("deliveries", "feedback_events", "address_events", "report_feedback"),
                *("feedback_offsets", "suppressions"),
            ),
            "SELECT, INSERT, UPDATE, DELETE",
        ),
        "identities": "SELECT",
        "profiles": "SELECT, UPDATE",
        "campaigns": "SELECT, UPDATE",
        "campaign_versions": "SELECT, UPDATE",
        "registry_revision": "SELECT, UPDATE",
        "audit": "INSERT",
    }
)


async def check_ability(database: Database, needed: Ability) -> None:
    """Raises DatabaseReadOnly, DatabaseAccessError with what is missing, or what `connection` raises."""
    tables = [(table, right) for table, rights in needed.rights.items() for right in rights.split(", ")]
    async with database.connection() as connection:
        row = await connection.fetchrow(
            """
            SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only,
                array(
                    SELECT needed.right || ' on ' || needed.table
                    FROM unnest($1::text[], $2::text[]) AS needed ("table", "right")
                    WHERE NOT CASE WHEN needed.right = 'DELETE'
                        THEN has_table_privilege(needed.table, needed.right)
                        ELSE has_any_column_privilege(needed.table, needed.right) END
                ) AS missing
            """,
            *(list(column) for column in zip(*tables, strict=True)),
        )
        assert row is not None
        if needed.writes and row["is_read_only"]:
            raise DatabaseReadOnly(READ_ONLY)
    if row["missing"]:
        raise DatabaseAccessError(
            f"PostgreSQL refuses access: Clarion's user lacks {', '.join(row['missing'])}; grant it."
        )
