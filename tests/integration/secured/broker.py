"""A Kafka with TLS, logins and access control lists, one listener for each way in."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # exported, but not by name
    AclBinding,
    AclBindingFilter,
    AdminClient,
)

from embedded.broker import QUICK_TO_START
from embedded.kafka_jars import fetched_jars
from embedded.kafka_java import JavaKafka
from embedded.ports import free_port
from embedded.server import quietly, started
from tests.integration.secured.certificates import HOSTS, Authority, Issued

LISTENERS = {"TLS": "SSL", "MUTUAL": "SSL", "LOGIN": "SASL_SSL", "CLEAR": "SASL_PLAINTEXT"}
PASSWORD = "s3cret"  # noqa: S105 - of users that live as long as a test
MECHANISMS = ("PLAIN", "SCRAM-SHA-512", "OAUTHBEARER")
_SECURITY = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    server: JavaKafka
    authority: Authority
    ports: dict[str, int]

    def address(self, listener: str) -> str:
        return f"localhost:{self.ports[listener]}"

    @property
    def administered_at(self) -> str:
        """Where everybody may do everything."""
        return self.server.bootstrap_servers

    def grant(self, bindings: Iterable[AclBinding]) -> None:
        admin = self._admin()
        for done in admin.create_acls(list(bindings)).values():
            done.result()

    def revoke(self, *filters: AclBindingFilter) -> None:
        admin = self._admin()
        for done in admin.delete_acls(list(filters)).values():
            done.result()

    def _admin(self) -> AdminClient:
        """To be held until it has answered: it gives up when nobody does."""
        return AdminClient({"bootstrap.servers": self.administered_at})


@asynccontextmanager
async def secured_kafka(
    authority: Authority,
    certificate: Issued,
    *,
    users: Iterable[str],
    jwks_url: str,
    audience: str,
) -> AsyncIterator[SecuredKafka]:
    """The users can log in by PLAIN and by SCRAM-SHA-512, all with the same password."""
    jars = await fetched_jars(quietly)
    ports = {listener: free_port() for listener in LISTENERS}
    allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={jwks_url}"

    async def open_server() -> JavaKafka:
        server = await JavaKafka.open(jars, (*QUICK_TO_START, allowed))
        server.overrides = {
            **_listeners(server, ports),
            **_certificates(authority, certificate),
            **_logins(users, jwks_url, audience),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        server.format_options = [
            option
            for user in users
            for option in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={PASSWORD}]")
        ]
        return server

    server = await started(open_server)
    try:
        yield SecuredKafka(server, authority, ports)
    finally:
        await server.stop()


def _listeners(server: JavaKafka, ports: dict[str, int]) -> dict[str, str]:
    controller = f"127.0.0.1:{free_port()}"
    plain = f"PLAINTEXT://{server.bootstrap_servers}"
    protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **LISTENERS}
    return {
        "controller.quorum.voters": f"1@{controller}",
        "listeners": ",".join(
            [plain, f"CONTROLLER://{controller}", *(f"{name}://127.0.0.1:{p}" for name, p in ports.items())]
        ),
        "advertised.listeners": ",".join([plain, *(f"{name}://localhost:{p}" for name, p in ports.items())]),
        "listener.security.protocol.map": ",".join(f"{name}:{used}" for name, used in protocols.items()),
        "inter.broker.listener.name": "PLAINTEXT",
    }


def _certificates(authority: Authority, certificate: Issued) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificate.in_one),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.cafile),
        "listener.name.mutual.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
    }


def _logins(users: Iterable[str], jwks_url: str, audience: str) -> dict[str, str]:
    passwords = " ".join(f'user_{user}="{PASSWORD}"' for user in users)
    modules = {
        "plain": f"{_SECURITY}.plain.PlainLoginModule required {passwords};",
        "scram-sha-512": f"{_SECURITY}.scram.ScramLoginModule required;",
        "oauthbearer": f"{_SECURITY}.oauthbearer.OAuthBearerLoginModule required;",
    }
    settings = {"sasl.enabled.mechanisms": ",".join(MECHANISMS)}
    for listener in ("login", "clear"):
        bearer = f"listener.name.{listener}.oauthbearer"
        settings |= {
            **{f"listener.name.{listener}.{name}.sasl.jaas.config": used for name, used in modules.items()},
            f"{bearer}.sasl.server.callback.handler.class": (
                f"{_SECURITY}.oauthbearer.OAuthBearerValidatorCallbackHandler"
            ),
            f"{bearer}.sasl.oauthbearer.jwks.endpoint.url": jwks_url,
            f"{bearer}.sasl.oauthbearer.expected.audience": audience,
        }
    return settings


def broker_certificate(authority: Authority) -> Issued:
    return authority.issue("broker", *HOSTS)
