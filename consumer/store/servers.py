"""The servers that CLARION_DATABASE_URL names, and a connection to one that can do the work."""

# ruff: noqa: ANN401 - the options are asyncpg's

import asyncio
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from asyncpg.exceptions import TargetServerAttributeNotMatched

_SECONDS_EACH: Final = 2.0
"""One of several that hangs must leave time for the next: asyncpg gives all of them one timeout."""
_OF_A_PRIMARY: Final = {"any", "read-write", "primary"}


def names_several(url: str) -> bool:
    """Whether the URL names several servers, of which another can take over."""
    return "," in urlsplit(url).netloc.rpartition("@")[2]


class Servers:
    """Asked one after the other, the one that worked last first; of several, one must take writes."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for what is not a URL."""
        parts = urlsplit(url)
        login, at, hosts = parts.netloc.rpartition("@")
        self._wanted = parse_qs(parts.query).get("target_session_attrs", [None])[-1]
        one_by_one = names_several(url) and (self._wanted is None or self._wanted in _OF_A_PRIMARY)
        # Other wishes, a standby above all, are a matter of all servers together.
        each = hosts.split(",") if one_by_one else [hosts]
        self._urls = [parts._replace(netloc=f"{login}{at}{host}").geturl() for host in each]

    async def connect(self, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """As `asyncpg.connect`, with its options. Raises what asyncpg raises."""
        if len(self._urls) == 1:
            return await asyncpg.connect(self._urls[0], **options)
        errors: list[Exception] = []
        for url in list(self._urls):
            try:
                connection = await self._connect_to(url, dict(options))
            except (OSError, asyncpg.PostgresError, TargetServerAttributeNotMatched) as error:
                errors.append(error)
            else:
                self._urls.sort(key=lambda each: each != url)
                return connection
        # A server that is down says less than one that is there and takes no writes.
        raise next((e for e in errors if isinstance(e, TargetServerAttributeNotMatched)), errors[-1])

    async def _connect_to(self, url: str, options: dict[str, Any]) -> "asyncpg.Connection[asyncpg.Record]":
        if self._wanted is None:
            options["target_session_attrs"] = SessionAttribute.read_write
        async with asyncio.timeout(_SECONDS_EACH):
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url, **options)
            return connection
