"""Namespaces are compared without case: stored ones become lower case.

Two profiles that then have an identity in common are one person. They are joined into the profile that was
created first, which gets the identities of both. Of attributes that both have, the later profile's are kept,
and its consents, except that a refusal (`n`) by either of them is kept.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alembic import op
from sqlalchemy import Connection

from schemas.json import JsonObject, merge

revision = "0003"
down_revision = "0002"

LOCK = "LOCK TABLE identities, profiles, campaign_versions IN SHARE ROW EXCLUSIVE MODE"

# COLLATE "C" wherever a namespace is lowered: in a Turkish collation, for example, I would not become i.
COLLIDING = """
    SELECT array_agg(DISTINCT profile_id::text) AS ids FROM identities
    WHERE value IN (SELECT value FROM identities WHERE namespace <> lower(namespace COLLATE "C"))
    GROUP BY lower(namespace COLLATE "C"), value HAVING count(DISTINCT profile_id) > 1
"""

FOUND = """
    SELECT id::text, attributes::text, consents::text FROM profiles
    WHERE id = ANY ($1::uuid[]) ORDER BY created_at, id
"""
KEPT = "UPDATE profiles SET attributes = $2::text::jsonb, consents = $3::text::jsonb WHERE id = $1"
MOVED = "UPDATE identities SET profile_id = $1 WHERE profile_id = ANY ($2::uuid[])"
REMOVED = "DELETE FROM profiles WHERE id = ANY ($1::uuid[])"

LOWERED = (
    # Of several spellings of one identity, one is left.
    """
    DELETE FROM identities AS i USING (
        SELECT lower(namespace COLLATE "C") AS lowered, value, min(namespace COLLATE "C") AS kept
        FROM identities GROUP BY 1, 2 HAVING count(*) > 1
    ) AS several
    WHERE lower(i.namespace COLLATE "C") = lowered AND i.value = several.value AND i.namespace <> kept
    """,
    """
    UPDATE identities SET namespace = lower(namespace COLLATE "C")
    WHERE namespace <> lower(namespace COLLATE "C")
    """,
    """
    ALTER TABLE identities ADD CONSTRAINT identities_namespace_in_lower_case
    CHECK (namespace = lower(namespace COLLATE "C"))
    """,
    """
    UPDATE campaign_versions
    SET definition = jsonb_set(
        definition, '{namespace}', to_jsonb(lower((definition ->> 'namespace') COLLATE "C"))
    )
    WHERE definition ->> 'namespace' <> lower((definition ->> 'namespace') COLLATE "C")
    """,
)


@dataclass(frozen=True, slots=True)
class Profile:
    id: str
    attributes: JsonObject
    consents: JsonObject


def upgrade() -> None:
    connection = op.get_bind()
    op.execute(LOCK)
    rows = connection.exec_driver_sql(COLLIDING).all()
    for ids in groups(row.ids for row in rows):
        _join(connection, ids)
    for statement in LOWERED:
        op.execute(statement)


def groups(sharing: Iterable[Iterable[str]]) -> list[set[str]]:
    """The ids of profiles that belong together, from the ids of those that share one identity."""
    found: list[set[str]] = []
    for ids in map(set, sharing):
        together = ids.union(*(group for group in found if group & ids))
        found = [*(group for group in found if not group & ids), together]
    return found


def _join(connection: Connection, ids: set[str]) -> None:
    rows = connection.exec_driver_sql(FOUND, (sorted(ids),)).all()
    profiles = [Profile(row.id, json.loads(row.attributes), json.loads(row.consents)) for row in rows]
    kept = joined(profiles)
    others = [profile.id for profile in profiles[1:]]
    for statement, parameters in (
        (KEPT, [kept.id, json.dumps(kept.attributes), json.dumps(kept.consents)]),
        (MOVED, [kept.id, others]),
        (REMOVED, [others]),
    ):
        connection.exec_driver_sql(statement, tuple(parameters))


def joined(profiles: Sequence[Profile]) -> Profile:
    """All of them, the earliest first, as one."""
    kept, *others = profiles
    for other in others:
        consents = _joined_consents(kept.consents, other.consents)
        kept = Profile(kept.id, merge(kept.attributes, other.attributes), consents)
    return kept


def _joined_consents(earlier: JsonObject, later: JsonObject) -> JsonObject:
    merged = earlier | later
    before, after = earlier.get("marketing"), later.get("marketing")
    if isinstance(before, dict) and isinstance(after, dict):
        refused = {channel: consent for channel, consent in before.items() if _is_refusal(consent)}
        merged["marketing"] = before | after | refused
    return merged


def _is_refusal(consent: object) -> bool:
    return isinstance(consent, Mapping) and consent.get("val") == "n"
