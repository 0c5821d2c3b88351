"""One secured Kafka for the tests of this folder, and the settings to reach each of its listeners."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from embedded import kafka_java
from embedded.server import quietly
from tests.integration.secured.broker import PASSWORD, SecuredKafka, broker_certificate, secured_kafka
from tests.integration.secured.certificates import Authority
from tests.integration.secured.token_server import AUDIENCE, CLIENT_SECRET, TokenServer

USERS = ("producer", "consumer", "projector", "operator", "creator", "nobody")


@pytest.fixture(scope="session")
async def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
async def token_server() -> AsyncIterator[TokenServer]:
    async with TokenServer().serving() as server:
        yield server


@pytest.fixture(scope="session")
async def secured(authority: Authority, token_server: TokenServer) -> AsyncIterator[SecuredKafka]:
    if obstacle := await kafka_java.obstacle(quietly):
        pytest.skip(obstacle)
    async with secured_kafka(
        authority,
        broker_certificate(authority),
        users=USERS,
        jwks_url=token_server.jwks_url,
        audience=AUDIENCE,
    ) as kafka:
        yield kafka


Settings = dict[str, object]


class Access:
    """The settings with which one comes in by each listener."""

    def __init__(self, secured: SecuredKafka, token_server: TokenServer, folder: Path) -> None:
        self._secured = secured
        self._token_server = token_server
        self._folder = folder

    def tls(self) -> Settings:
        return self._by("TLS", kafka_security_protocol="SSL", kafka_ssl_cafile=self._cafile)

    def mutual(self, name: str, password: str | None = None) -> Settings:
        issued = self._secured.authority.issue(name, password=password)
        settings: Settings = {"kafka_ssl_certfile": issued.certfile, "kafka_ssl_keyfile": issued.keyfile}
        if password:
            settings |= {"kafka_ssl_keyfile_password": password}
        return self._by("MUTUAL", kafka_security_protocol="SSL", kafka_ssl_cafile=self._cafile, **settings)

    def scram(self, user: str, password: str = PASSWORD) -> Settings:
        return self._login(user, password, "SCRAM-SHA-512")

    def plain(self, user: str, password: str = PASSWORD) -> Settings:
        return self._login(user, password, "PLAIN")

    def without_tls(self, user: str, password: str = PASSWORD) -> Settings:
        return self._by(
            "CLEAR",
            kafka_security_protocol="SASL_PLAINTEXT",
            kafka_sasl_username=user,
            kafka_sasl_password=password,
        )

    def oauth(self, client_id: str, secret: str = CLIENT_SECRET) -> Settings:
        return self._by(
            "LOGIN",
            kafka_security_protocol="SASL_SSL",
            kafka_ssl_cafile=self._cafile,
            kafka_sasl_mechanism="OAUTHBEARER",
            kafka_sasl_oauth_token_endpoint=self._token_server.token_url,
            kafka_sasl_oauth_client_id=client_id,
            kafka_sasl_oauth_client_secret=secret,
            kafka_sasl_oauth_scope="kafka",
        )

    def unsecured(self) -> Settings:
        """For whoever administers: may do everything."""
        return {"kafka_bootstrap_servers": self._secured.administered_at}

    def stranger(self) -> Authority:
        return Authority(self._folder, "stranger-ca")

    def _login(self, user: str, password: str, mechanism: str) -> Settings:
        return self._by(
            "LOGIN",
            kafka_security_protocol="SASL_SSL",
            kafka_ssl_cafile=self._cafile,
            kafka_sasl_mechanism=mechanism,
            kafka_sasl_username=user,
            kafka_sasl_password=password,
        )

    @property
    def _cafile(self) -> Path:
        return self._secured.authority.cafile

    def _by(self, listener: str, **settings: object) -> Settings:
        return {"kafka_bootstrap_servers": self._secured.address(listener), **settings}


@pytest.fixture
def access(secured: SecuredKafka, token_server: TokenServer, tmp_path: Path) -> Access:
    return Access(secured, token_server, tmp_path)
