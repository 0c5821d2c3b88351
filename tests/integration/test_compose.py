"""docker-compose.yml: what it says, and, where it is asked for, that it works."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer

from tests.installation import DEADLINE_SECONDS, Json, eventually

ROOT = Path(__file__).parents[2]
CONSUMER = "consumer"
PROCESSES = (CONSUMER, "audiences", "projector", "releaser")
ONE_SHOTS = ("migrate", "topics", "samples")
SERVERS = ("kafka", "postgres")
PORTS = {"CLARION_KAFKA_PORT": "19192", "CLARION_POSTGRES_PORT": "19432"}
BOOTSTRAP_SERVERS = f"localhost:{PORTS['CLARION_KAFKA_PORT']}"
TRIGGERS = 50


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services: dict[str, Any] = document["services"]
    return services


# --- what it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_waits_for_topics_and_campaigns(services: dict[str, Any], name: str) -> None:
    done = {"condition": "service_completed_successfully"}
    assert services[name]["depends_on"] == {"topics": done, "samples": done}


def test_tables_and_topics_wait_for_their_servers(services: dict[str, Any]) -> None:
    assert services["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert services["topics"]["depends_on"]["kafka"] == {"condition": "service_healthy"}
    assert services["samples"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [*SERVERS, CONSUMER, "audiences", "projector"])
def test_what_answers_has_a_health_check(services: dict[str, Any], name: str) -> None:
    assert services[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", [*SERVERS, *PROCESSES])
def test_what_stays_up_is_started_again_and_has_time_to_stop(services: dict[str, Any], name: str) -> None:
    assert services[name]["restart"] == "unless-stopped"
    assert services[name]["stop_grace_period"] == "30s"


def test_the_consumer_is_healthy_when_it_executes_triggers(services: dict[str, Any]) -> None:
    assert "/readyz" in services[CONSUMER]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", ONE_SHOTS)
def test_a_one_shot_is_not_started_again(services: dict[str, Any], name: str) -> None:
    assert "restart" not in services[name]


def test_the_consumer_can_be_scaled(services: dict[str, Any]) -> None:
    consumer = services[CONSUMER]
    assert "container_name" not in consumer
    assert all(port.startswith("127.0.0.1::") for port in consumer["ports"])


def test_no_port_is_open_to_the_network(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_clarions_own_services_have_no_rights_to_spare(services: dict[str, Any]) -> None:
    for name in (*ONE_SHOTS, *PROCESSES):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True


def test_topics_do_not_come_into_being_by_themselves(services: dict[str, Any]) -> None:
    assert services["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_image_is_told_no_secret_and_runs_as_a_numbered_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert not any(line.startswith("# syntax") for line in lines)
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_docker_compose_accepts_it() -> None:
    _require_compose()
    ran = _compose("config", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")


# --- that it works -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[None]:
    """Up twice, under a project name and on ports of its own; removed afterwards, data and all."""
    _require_compose()
    if not os.environ.get("CLARION_TEST_COMPOSE"):
        pytest.skip("takes minutes: set CLARION_TEST_COMPOSE=1 to run it")
    if _run("docker", "info").returncode:
        pytest.skip("no Docker engine answers")
    try:
        _succeed("up", "--detach", "--wait", "--build")
        _succeed("up", "--detach", "--wait", "--scale", f"{CONSUMER}=2")
        yield
    finally:
        _compose("down", "--volumes", "--timeout", "30")


async def test_triggers_sent_from_the_host_are_delivered_once(running: None) -> None:  # noqa: ARG001
    triggers = [
        {
            "requestId": f"r-{number}",
            "campaignId": "password-reset",
            "recipients": [{"namespace": "email", "userId": f"person-{number}@example.com"}],
            "context": {"resetUrl": f"https://acme.example/reset/{number}"},
        }
        for number in range(TRIGGERS)
    ]
    command = (sys.executable, "-m", "cli", "send", "-")
    sent = _run(*command, input="\n".join(map(json.dumps, triggers)), env=_host())
    assert sent.returncode == 0, sent.stderr
    requests = [delivery["requestId"] for delivery in await _delivered(TRIGGERS)]
    assert sorted(requests) == sorted(str(trigger["requestId"]) for trigger in triggers)


async def test_the_projector_answers_what_became_of_a_trigger(running: None) -> None:  # noqa: ARG001
    shown = await eventually(
        lambda: _compose("exec", "-T", CONSUMER, "clarion", "executions", "show", "r-1").stdout
    )
    assert "delivery" in shown


def test_a_campaign_that_was_stopped_stays_stopped(running: None) -> None:  # noqa: ARG001
    _succeed("exec", "-T", CONSUMER, "clarion", "campaigns", "stop", "flight-delay")
    _succeed("up", "--detach", "--wait", "--scale", f"{CONSUMER}=2")
    campaigns = json.loads(_succeed("exec", "-T", CONSUMER, "clarion", "campaigns", "list", "--json"))
    assert {campaign["id"]: campaign["status"] for campaign in campaigns}["flight-delay"] == "stopped"


@pytest.mark.parametrize("name", PROCESSES)
def test_the_processes_stop_cleanly(running: None, name: str) -> None:  # noqa: ARG001
    _succeed("stop", name)
    containers = [json.loads(line) for line in _succeed("ps", "--all", "--format", "json", name).splitlines()]
    assert {container["ExitCode"] for container in containers} == {0}


# --- doing -------------------------------------------------------------------------------------------


def _require_compose() -> None:
    if not shutil.which("docker") or _run("docker", "compose", "version").returncode:
        pytest.skip("docker compose is not installed")


def _compose(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(
        "docker", "compose", "--project-name", "clarion-test", *arguments, env={**os.environ, **PORTS}
    )


def _succeed(*arguments: str) -> str:
    ran = _compose(*arguments)
    assert ran.returncode == 0, f"docker compose {' '.join(arguments)}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def _run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


def _host() -> dict[str, str]:
    """What a user of the host exports."""
    return {
        **os.environ,
        "CLARION_KAFKA_BOOTSTRAP_SERVERS": BOOTSTRAP_SERVERS,
        "CLARION_DATABASE_URL": f"postgresql://clarion:clarion@localhost:{PORTS['CLARION_POSTGRES_PORT']}/clarion",
    }


async def _delivered(count: int) -> list[Json]:
    """What a channel service reads: that many committed deliveries, and whatever else comes with them."""
    consumer = AIOKafkaConsumer(
        "clarion.deliveries.email",
        bootstrap_servers=BOOTSTRAP_SERVERS,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    found: list[Json] = []
    async with consumer, asyncio.timeout(DEADLINE_SECONDS):
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [json.loads(record.value or b"null") for record in records]
    return found
