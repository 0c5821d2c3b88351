"""What happened to a campaign and who did it: from the audit, and of the time before from the versions."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from consumer.campaigns import lifecycle
from consumer.store.audit import AuditEntry, AuditFilter, list_audit_entries
from consumer.store.campaigns import Version, list_versions
from consumer.store.database import Connection

_ENTRIES_MAX = 10_000
_ORDER = {"replaced": 1, "activated": 2}
"""Of what happens in one instant."""


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    what: str
    """drafted, activated, replaced, stopped, archived, or as the audit names it."""
    version: int | None = None
    by: str | None = None
    """Unknown for what happened before there was an audit."""
    door: str | None = None

    def document(self) -> dict[str, object]:
        return asdict(self)


async def find_history(connection: Connection, campaign_id: str) -> Sequence[Event]:
    """In the order in which it happened. Raises LifecycleError when there is no such campaign."""
    campaign = await lifecycle.find(connection, campaign_id)
    versions = await list_versions(connection, campaign_id)
    wanted = AuditFilter(what="campaign", subject=campaign_id)
    entries = await list_audit_entries(connection, wanted, _ENTRIES_MAX)
    audited = [event for entry in reversed(entries) for event in _of_entry(entry)]
    known = {(event.what, event.version) for event in audited}
    stored = [event for version in versions for event in _of_version(version)]
    if campaign.archived_at:
        stored.append(Event(campaign.archived_at, "archived"))
    older = [event for event in stored if (event.what, event.version) not in known]
    return sorted([*older, *audited], key=lambda event: (event.at, _ORDER.get(event.what, 0)))


def _of_version(version: Version) -> Iterator[Event]:
    yield Event(version.created_at, "drafted", version.number)
    if version.activated_at:
        yield Event(version.activated_at, "activated", version.number)
    if version.stopped_at:
        what = "replaced" if version.status == "replaced" else "stopped"
        yield Event(version.stopped_at, what, version.number)


_WORDS = {
    "campaign.apply": "drafted",
    "campaign.duplicate": "drafted",
    "campaign.activate": "activated",
    "campaign.stop": "stopped",
    "campaign.archive": "archived",
}


def _of_entry(entry: AuditEntry) -> Iterator[Event]:
    before, after = entry.before or {}, entry.after or {}
    by = entry.actor_name or entry.actor
    if entry.what == "campaign.activate" and "liveVersion" in before:
        yield Event(entry.at, "replaced", _number(before["liveVersion"]), by, entry.door)
    version = after.get("version") or after.get("liveVersion") or before.get("liveVersion")
    what = _WORDS.get(entry.what, entry.what.removeprefix("campaign."))
    yield Event(entry.at, what, _number(version), by, entry.door)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
