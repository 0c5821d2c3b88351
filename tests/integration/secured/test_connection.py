"""Each way into a secured Kafka works, and each mistake on the way is one sentence."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.kafka import kafka_client_options
from config.loading import load_settings
from consumer.kafka.cluster import Cluster
from consumer.kafka.diagnosis import unreachable
from consumer.kafka.errors import KafkaUnreachableError
from tests.integration.secured.broker import SecuredKafka, secured_kafka
from tests.integration.secured.certificates import HOSTS
from tests.integration.secured.conftest import Access, Settings
from tests.integration.secured.mistakes import MISTAKES, Way, by_another_name
from tests.integration.secured.token_server import AUDIENCE, TokenServer


async def connected(settings: Settings) -> None:
    async with Cluster.of(load_settings(**settings)).admin() as admin:
        await admin.list_topics()


async def sentence(settings: Settings) -> str:
    with pytest.raises(KafkaUnreachableError) as refused:
        await connected(settings)
    return str(refused.value)


@pytest.mark.parametrize(
    "way",
    [
        Access.tls,
        lambda access: access.mutual("a-service"),
        lambda access: access.mutual("with-password", password="of the key"),  # noqa: S106 - of this test
        lambda access: access.scram("nobody"),
        lambda access: access.plain("nobody"),
        lambda access: access.without_tls("nobody"),
        lambda access: access.oauth("a-service"),
    ],
    ids=["tls", "mutual", "mutual, key with password", "scram", "plain", "without tls", "oauth"],
)
async def test_every_way_in_works(access: Access, way: Way) -> None:
    await connected(way(access))


@pytest.mark.parametrize(("way", "expected"), MISTAKES.values(), ids=MISTAKES)
async def test_every_mistake_is_one_sentence(access: Access, way: Way, expected: str) -> None:
    assert re.match(expected, await sentence(way(access)))


async def test_the_host_name_need_not_be_checked(access: Access) -> None:
    await connected(by_another_name(access.tls()) | {"kafka_ssl_check_hostname": False})


async def test_a_token_for_another_audience_is_not_accepted(
    access: Access, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_server, "audience", "others")

    assert re.match(
        r"Kafka at localhost:\d+ does not accept the token; compare its issuer, audience and scope",
        await sentence(access.oauth("a-service")),
    )


async def test_a_certificate_that_has_expired_is_not_accepted(
    secured: SecuredKafka, token_server: TokenServer, access: Access
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = secured.authority.issue("expired", *HOSTS, expires=yesterday)
    async with secured_kafka(
        secured.authority, expired, users=(), jwks_url=token_server.jwks_url, audience=AUDIENCE
    ) as kafka:
        address = {"kafka_bootstrap_servers": kafka.address("TLS")}

        assert re.match(
            r"The certificate of Kafka at localhost:\d+ is not accepted \(certificate has expired\); renew",
            await sentence(access.tls() | address),
        )


async def test_each_address_has_its_cause(access: Access) -> None:
    servers = f"localhost:9,{access.unsecured()['kafka_bootstrap_servers']}"
    settings = access.tls() | {"kafka_bootstrap_servers": servers}

    assert re.match(
        r"Kafka does not answer at localhost:9 .*\. Kafka at 127.0.0.1:\d+ does not speak TLS",
        await sentence(settings),
    )


async def test_an_address_that_brokers_advertise_and_nobody_reaches_is_named(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def advertised(*_: Any) -> list[tuple[str, int]]:
        return [("broker.invalid", 9092)]

    monkeypatch.setattr("consumer.kafka.diagnosis.advertised_brokers", advertised)

    error = await unreachable(kafka_client_options(load_settings(**access.unsecured())))

    assert re.match(
        r"Kafka answers at 127.0.0.1:\d+ and sends its clients to broker.invalid:9092, where nothing answers "
        r"\(no such host is known\); correct the brokers' advertised.listeners.",
        str(error),
    )
