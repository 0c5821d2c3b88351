"""A profile as every door shows it, personal data and all."""

from typing import Any

from consumer.store.database import Database
from consumer.store.profiles import ShownProfile, find_profile


async def profile_document(database: Database, namespace: str, user_id: str) -> dict[str, Any] | None:
    """The profile with this identity; None if there is none. Raises DatabaseError."""
    async with database.connection() as connection:
        profile = await find_profile(connection, (namespace.lower(), user_id))
    return document_of(profile) if profile else None


def document_of(profile: ShownProfile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "identities": [{"namespace": namespace, "id": value} for namespace, value in profile.identities],
        "attributes": profile.holding.attributes,
        "consents": profile.holding.consents,
        "dataset": profile.dataset,
        "createdAt": profile.created_at,
    }
