"""Changing one profile, as an import would merge a line into it."""

from consumer.audit.record import record
from consumer.profiles.importing import merged
from consumer.store import profiles as store
from consumer.store.database import Database
from consumer.store.profiles import Identity
from schemas.json import JsonObject


async def change_profile(
    database: Database, identity: Identity, attributes: JsonObject, consents: JsonObject
) -> bool:
    """False if nobody has the identity.

    The audit names the attributes that were given, and not their values: those are the person's.
    """
    async with database.transaction() as connection:
        owners = await store.find_owners(connection, [identity])
        if not owners:
            return False
        person = owners[identity]
        before = (await store.lock_profiles(connection, [person]))[person]
        after = merged(before, attributes, consents)
        if after != before:
            await store.update_profiles(connection, {person: after})
            await record(
                connection,
                "profile.change",
                str(person),
                before={"consents": before.consents},
                after={"consents": after.consents, "attributes": sorted(attributes)},
            )
    return True
