import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from config.errors import SettingsError
from config.loading import load_settings
from consumer.monitoring.http import serve
from consumer.monitoring.metrics import Metrics
from schemas.channel import Channel


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def test_a_living_process_is_healthy(client: ClientSession) -> None:
    async with serve("127.0.0.1", 0, Metrics("unitary").registry, lambda: ["no campaigns yet"]) as port:
        response = await client.get(f"http://127.0.0.1:{port}/healthz")
        assert response.status == 200


async def test_readiness_follows_its_reasons(client: ClientSession) -> None:
    reasons = ["Kafka does not answer"]
    async with serve("127.0.0.1", 0, Metrics("unitary").registry, lambda: reasons) as port:
        response = await client.get(f"http://127.0.0.1:{port}/readyz")
        assert response.status == 503
        assert await response.json() == {"ready": False, "reasons": ["Kafka does not answer"]}
        reasons.clear()
        response = await client.get(f"http://127.0.0.1:{port}/readyz")
        assert response.status == 200
        assert await response.json() == {"ready": True, "reasons": []}


async def test_metrics_are_what_prometheus_reads(client: ClientSession) -> None:
    metrics = Metrics("unitary")
    metrics.count_deliveries({Channel.EMAIL: 3})
    async with serve("127.0.0.1", 0, metrics.registry, list) as port:
        response = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert response.headers["Content-Type"].startswith("text/plain")
        assert 'clarion_deliveries_total{channel="email"} 3.0' in await response.text()


async def test_a_port_in_use_is_told_with_its_mend() -> None:
    async with serve("127.0.0.1", 0, Metrics("unitary").registry, list) as port:
        with pytest.raises(
            SettingsError, match=rf"^CLARION_HTTP_PORT: port {port} is already in use; choose"
        ):
            async with serve("127.0.0.1", port, Metrics("unitary").registry, list):
                pass


async def test_several_processes_on_one_host_get_a_port_each(client: ClientSession) -> None:
    async with (
        serve("127.0.0.1", 0, Metrics("unitary").registry, list) as taken,
        serve("127.0.0.1", 0, Metrics("unitary").registry, list) as taken_too,
    ):
        assert taken
        assert taken_too
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = probe.getsockname()[1]
        async with serve(
            "127.0.0.1", taken, Metrics("unitary").registry, list, spare_ports=[taken_too, free]
        ) as port:
            assert port == free
            assert (await client.get(f"http://127.0.0.1:{port}/readyz")).status == 200


def test_only_the_default_port_has_others_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLARION_HTTP_PORT", raising=False)
    assert load_settings().spare_http_ports[0] == 8081
    monkeypatch.setenv("CLARION_HTTP_PORT", "8080")
    assert list(load_settings().spare_http_ports) == []


async def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(SettingsError, match=r"^CLARION_HTTP_HOST, CLARION_HTTP_PORT: cannot listen on"):
        async with serve("192.0.2.1", 0, Metrics("unitary").registry, list):
            pass


async def test_without_a_port_nothing_is_served() -> None:
    async with serve("127.0.0.1", None, Metrics("unitary").registry, list) as port:
        assert port is None
