"""docs/deployment.md, docker-compose.yml and README.md start the same processes, by commands that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cli.main import app
from tests.integration.secured.rights_table import ROLES

ROOT = Path(__file__).parents[2]
PROCESSES = {
    "consumer": ["run"],
    "projector": ["project"],
    "feedback": ["feedback"],
    "gateway": ["serve", "--host", "0.0.0.0", "--port", "8000"],  # noqa: S104 - a container
    "releaser": ["dead-letters", "release", "--watch"],
}


@pytest.mark.parametrize("name", PROCESSES)
def test_the_sketch_for_kubernetes_has_a_deployment_of_each_process(name: str) -> None:
    container = containers()[name]

    assert container["args"][: len(PROCESSES[name])] == PROCESSES[name]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("name", ["consumer", "projector", "feedback", "gateway"])
def test_the_sketch_probes_what_serves_http(name: str) -> None:
    assert {containers()[name][f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness")} == {
        "/healthz"
    }
    assert containers()[name]["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("name", PROCESSES)
def test_compose_has_a_service_of_each_process(name: str) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert services[name]["command"][: len(PROCESSES[name])] == PROCESSES[name]


@pytest.mark.parametrize("command", PROCESSES.values(), ids=" ".join)
def test_each_process_has_a_command(command: list[str]) -> None:
    assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0


def test_each_role_has_its_rights() -> None:
    rows = [line.split("|")[1].strip() for line in page().splitlines() if line.startswith("|")]

    assert {*ROLES, "channel service"} <= set(rows)


def test_the_readme_runs_a_projector_beside_the_consumer() -> None:
    commands = re.findall(r"^\$ (clarion \w+)", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert {"clarion run", "clarion project", "clarion executions"} <= set(commands)


def page() -> str:
    return (ROOT / "docs" / "deployment.md").read_text()


def containers() -> dict[str, Any]:
    return {
        container["name"]: container
        for deployment in deployments()
        for container in deployment["spec"]["template"]["spec"]["containers"]
    }


def deployments() -> Iterator[dict[str, Any]]:
    (sketch,) = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)
    return iter(yaml.safe_load_all(sketch))
