"""The keys in memory, and how they are kept true: by listening, and by polling."""

import asyncio
from contextlib import suppress
from time import monotonic

from consumer.keys.key import hash_of
from consumer.keys.principal import Principal
from consumer.monitoring.progress import Progress
from consumer.store import keys as store
from consumer.store.database import Database
from consumer.store.errors import DatabaseError
from consumer.store.registry import AnyConnection, takes_writes

_RETRY_SECONDS = 0.1


class HeldKeys:
    """The keys that are not revoked; `follow` keeps them true to a second."""

    def __init__(self, database: Database, *, poll_seconds: float = 3.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._heard = asyncio.Event()
        self._looked_at = float("-inf")
        self._by_secret: dict[bytes, Principal] = {}
        self._by_id: dict[str, Principal] = {}
        self.has_any = False
        """Whether a key was ever created, be it revoked by now."""

    @property
    def age_seconds(self) -> float:
        """The time since the last successful look at the database; infinite before the first load."""
        return monotonic() - self._looked_at

    def with_secret(self, secret: str) -> Principal | None:
        # Found by its hash, so how long the search takes says nothing of any secret.
        return self._by_secret.get(hash_of(secret))

    def with_id(self, id_: str) -> Principal | None:
        return self._by_id.get(id_)

    async def load(self) -> None:
        """Read all keys. Raises the errors of consumer.store."""
        async with self._database.connection() as connection:
            await self._read(connection)

    async def follow(self) -> None:
        """Keep the keys true until cancelled. A database that is away is waited for."""
        delay, following = _RETRY_SECONDS, Progress("following the keys")
        while True:
            try:
                async with store.listening_for_keys(self._database, self._heard.set) as connection:
                    took_writes = await takes_writes(connection)
                    # The first look comes after LISTEN: what changed before it sent no notification here.
                    while not connection.is_closed() and await takes_writes(connection) == took_writes:
                        self._heard.clear()
                        await self._read(connection)
                        delay = _RETRY_SECONDS
                        following.done(is_more=False)
                        await self._wait()
            except DatabaseError as error:
                following.hindered("database", error)
            await asyncio.sleep(delay)
            delay = min(2 * delay, self._poll_seconds)

    async def _wait(self) -> None:
        """For a notification, but not for long: one can get lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._heard.wait()

    async def _read(self, connection: AnyConnection) -> None:
        began = monotonic()
        rows = await store.read_keys(connection)
        valid = [row for row in rows if row.revoked_at is None]
        self._by_secret = {row.secret_hash: Principal.of_key(row) for row in valid}
        self._by_id = {key.id: key for key in self._by_secret.values()}
        self.has_any = bool(rows)
        self._looked_at = began
