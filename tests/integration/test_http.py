from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from config.settings import SettingsError
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


async def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(SettingsError, match=r"^CLARION_HTTP_HOST, CLARION_HTTP_PORT: cannot listen on"):
        async with serve("192.0.2.1", 0, Metrics("unitary").registry, list):
            pass


async def test_without_a_port_nothing_is_served() -> None:
    async with serve("127.0.0.1", None, Metrics("unitary").registry, list) as port:
        assert port is None
