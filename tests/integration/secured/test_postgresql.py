"""PostgreSQL by TLS: its certificate and name are checked as CLARION_DATABASE_URL says, by migrations too."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from consumer.store.database import Database
from consumer.store.errors import DatabaseAccessError, DatabaseError
from consumer.store.migrate import migrate
from tests.integration.secured.certificates import HOSTS, Authority
from tests.integration.secured.tls_front import tls_front

Url = Callable[..., str]


@pytest.fixture
async def url(authority: Authority, empty_database_url: str) -> AsyncIterator[Url]:
    """The URL of an empty database behind TLS, by a host's name and with parameters."""
    behind = urlsplit(empty_database_url)
    certificate = authority.issue("postgresql", *HOSTS)
    async with tls_front(certificate, behind.hostname or "", behind.port or 5432) as port:

        def of(host: str = "localhost", **parameters: object) -> str:
            at = f"{behind.username}:{behind.password}@{host}:{port}"
            query = "&".join(f"{name}={value}" for name, value in parameters.items())
            return behind._replace(netloc=at, query=query).geturl()

        yield of


async def test_a_checked_connection_migrates_and_works(url: Url, authority: Authority) -> None:
    checked = url(sslmode="verify-full", sslrootcert=authority.cafile)

    assert (await migrate(checked)).before is None
    async with await Database.connect(checked) as database:
        await database.check()


@pytest.mark.parametrize("connect", [migrate, Database.connect])
async def test_a_server_by_another_name_is_refused(
    url: Url, authority: Authority, connect: Callable[[str], object]
) -> None:
    await refused(
        connect,
        url("127.1", sslmode="verify-full", sslrootcert=authority.cafile),
        r"The certificate of PostgreSQL is not accepted \(.*mismatch.*127\.1.*\); "
        "correct the host, sslmode or sslrootcert in CLARION_DATABASE_URL.",
    )


@pytest.mark.parametrize("connect", [migrate, Database.connect])
async def test_a_certificate_of_an_unknown_authority_is_refused(
    url: Url, connect: Callable[[str], object], authority: Authority
) -> None:
    stranger = Authority(authority.cafile.parent, "unknown-ca")

    await refused(
        connect,
        url(sslmode="verify-full", sslrootcert=stranger.cafile),
        r"The certificate of PostgreSQL is not accepted \(unable to get local issuer certificate\); ",
    )


@pytest.mark.parametrize("connect", [migrate, Database.connect])
async def test_a_file_of_authorities_that_is_missing_is_reported(
    url: Url, connect: Callable[[str], object]
) -> None:
    await refused(
        connect,
        url(sslmode="verify-full", sslrootcert="/nowhere/ca.pem"),
        "A file that CLARION_DATABASE_URL names does not exist: correct sslrootcert, ",
    )


async def test_a_server_without_tls_is_refused_where_tls_is_asked_for(
    empty_database_url: str, authority: Authority
) -> None:
    with pytest.raises(DatabaseError, match="rejected SSL upgrade"):
        await Database.connect(f"{empty_database_url}?sslmode=verify-full&sslrootcert={authority.cafile}")


async def refused(connect: Callable[[str], object], url: str, sentence: str) -> None:
    with pytest.raises(DatabaseAccessError, match=sentence):
        await connect(url)  # type: ignore[misc]  # both are coroutine functions
