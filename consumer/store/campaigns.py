"""Campaigns and their versions, as commands read and write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

import asyncpg

from consumer.store.database import Connection
from consumer.store.registry import Change
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    status: Literal["draft", "live", "paused", "stopped", "replaced"]
    definition: JsonObject
    created_at: datetime
    activated_at: datetime | None
    stopped_at: datetime | None
    """Or replaced by a newer version."""


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    id: str
    created_at: datetime
    archived_at: datetime | None
    versions: Sequence[Version]
    """The live one, the draft and the last one, as far as there are; in ascending order."""

    @property
    def live(self) -> Version | None:
        return next((version for version in self.versions if version.status == "live"), None)

    @property
    def paused(self) -> Version | None:
        """The version that is paused: it is not executed until somebody resumes it."""
        return next((version for version in self.versions if version.status == "paused"), None)

    @property
    def draft(self) -> Version | None:
        return next((version for version in self.versions if version.status == "draft"), None)

    @property
    def last(self) -> Version:
        return self.versions[-1]

    @property
    def current(self) -> Version:
        """The version one means when one names the campaign alone."""
        return self.live or self.paused or self.draft or self.last

    @property
    def labels(self) -> Sequence[str]:
        """The access labels that hold for the campaign: those of the current version."""
        return cast("Sequence[str]", self.current.definition.get("labels", ()))

    @property
    def status(self) -> Literal["draft", "live", "paused", "stopped", "archived"]:
        if self.archived_at:
            return "archived"
        # Whatever replaced a version came after it, so the last is none that was replaced.
        return "stopped" if self.current.status == "replaced" else self.current.status


_COLUMNS: Final = "v.campaign_id, v.version, v.status, v.created_at, v.activated_at, v.stopped_at"
_CAMPAIGN: Final = "c.created_at AS campaign_created_at, c.archived_at"
_RELEVANT: Final = """
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign_id = c.id
    WHERE (v.status IN ('live', 'paused', 'draft')
           OR v.version = (SELECT max(version) FROM campaign_versions WHERE campaign_id = c.id))
"""


async def find_campaign(connection: Connection, campaign_id: str) -> StoredCampaign | None:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, {_CAMPAIGN}, v.definition {_RELEVANT} AND c.id = $1 ORDER BY v.version",
        campaign_id,
    )
    return _campaign(rows) if rows else None


async def list_campaigns(connection: Connection) -> list[StoredCampaign]:
    """All campaigns by id; their definitions without templates and context, which are the bulk of them."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, {_CAMPAIGN}, v.definition - 'context' #- '{{channels,email,content}}'
            #- '{{channels,sms,content}}' #- '{{channels,push,content}}' AS definition
        {_RELEVANT} ORDER BY c.id, v.version
        """
    )
    by_id: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        by_id.setdefault(row["campaign_id"], []).append(row)
    return [_campaign(versions) for versions in by_id.values()]


async def find_version(connection: Connection, campaign_id: str, version: int) -> Version | None:
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}, v.definition FROM campaign_versions AS v
        WHERE v.campaign_id = $1 AND v.version = $2
        """,  # noqa: S608 - put together from the constants above
        campaign_id,
        version,
    )
    return _version(row) if row else None


async def list_versions(connection: Connection, campaign_id: str) -> list[Version]:
    """All of them, in ascending order, without their definitions."""
    selected = f"SELECT {_COLUMNS}, '{{}}'::jsonb AS definition FROM campaign_versions AS v"  # noqa: S608 - constants
    rows = await connection.fetch(f"{selected} WHERE v.campaign_id = $1 ORDER BY v.version", campaign_id)
    return [_version(row) for row in rows]


async def write_draft(change: Change, campaign_id: str, version: int, definition: JsonObject) -> None:
    """Make the campaign's draft, or give the one there is a new definition."""
    await change.connection.execute(
        """
        INSERT INTO campaigns (id, revision) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET revision = excluded.revision
        """,
        campaign_id,
        change.revision,
    )
    await change.connection.execute(
        """
        INSERT INTO campaign_versions (campaign_id, version, status, definition) VALUES ($1, $2, 'draft', $3)
        ON CONFLICT (campaign_id, version) DO UPDATE SET definition = excluded.definition, created_at = now()
        """,
        campaign_id,
        version,
        definition,
    )
    change.is_made = True


async def activate_version(change: Change, campaign_id: str, version: int) -> None:
    """Make the draft the live version; it replaces the one that was live in the same instant."""
    await _end_live_version(change, campaign_id, "replaced")
    await change.connection.execute(
        """
        UPDATE campaign_versions SET status = 'live', activated_at = now()
        WHERE campaign_id = $1 AND version = $2
        """,
        campaign_id,
        version,
    )


async def stop_live_version(change: Change, campaign_id: str) -> None:
    await _end_live_version(change, campaign_id, "stopped")


async def _end_live_version(change: Change, campaign_id: str, status: Literal["stopped", "replaced"]) -> None:
    await change.connection.execute(
        """
        UPDATE campaign_versions SET status = $2, stopped_at = now()
        WHERE campaign_id = $1 AND status IN ('live', 'paused')
        """,
        campaign_id,
        status,
    )
    await _touch(change, campaign_id)


async def pause_live_version(change: Change, campaign_id: str, version: int) -> bool:
    """False when it is not live any more."""
    status = await change.connection.execute(
        """
        UPDATE campaign_versions SET status = 'paused'
        WHERE campaign_id = $1 AND version = $2 AND status = 'live'
        """,
        campaign_id,
        version,
    )
    if status == "UPDATE 1":
        await _touch(change, campaign_id)
    return status == "UPDATE 1"


async def resume_paused_version(change: Change, campaign_id: str) -> None:
    await change.connection.execute(
        """
        UPDATE campaign_versions SET status = 'live', resumed_at = now()
        WHERE campaign_id = $1 AND status = 'paused'
        """,
        campaign_id,
    )
    await _touch(change, campaign_id)


async def archive_campaign(change: Change, campaign_id: str) -> None:
    await change.connection.execute("UPDATE campaigns SET archived_at = now() WHERE id = $1", campaign_id)
    await _touch(change, campaign_id)


async def _touch(change: Change, campaign_id: str) -> None:
    await change.connection.execute(
        "UPDATE campaigns SET revision = $2 WHERE id = $1", campaign_id, change.revision
    )
    change.is_made = True


def _campaign(rows: Sequence[asyncpg.Record]) -> StoredCampaign:
    first = rows[0]
    return StoredCampaign(
        first["campaign_id"],
        first["campaign_created_at"],
        first["archived_at"],
        [_version(row) for row in rows],
    )


def _version(row: asyncpg.Record) -> Version:
    return Version(
        row["version"],
        row["status"],
        row["definition"],
        row["created_at"],
        row["activated_at"],
        row["stopped_at"],
    )
