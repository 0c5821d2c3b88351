"""The alerting rules of docs/monitoring, tried with Prometheus's own tool."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from consumer.following.metrics import FollowingMetrics
from consumer.monitoring.metrics import Metrics
from consumer.projector.app import METRIC_NAMES

ALERTS = Path("docs/monitoring/alerts.yaml")
SCENARIOS = Path(__file__).with_name("alerts_test.yaml")


@pytest.fixture(scope="module")
def rules() -> list[dict[str, str]]:
    [group] = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


@pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian's package prometheus) is not installed"
)
def test_the_alerts_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    scenarios = tmp_path / "scenarios.yaml"
    scenarios.write_text(SCENARIOS.read_text().replace("ALERTS_FILE", str(ALERTS.resolve())))
    done = subprocess.run(
        ["promtool", "test", "rules", scenarios], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried(rules: list[dict[str, str]]) -> None:
    tried = set(re.findall(r'alertname="(\w+)"', SCENARIOS.read_text()))
    assert tried == {rule["alert"] for rule in rules}


def test_every_alert_watches_what_the_processes_export(rules: list[dict[str, str]]) -> None:
    metrics, projector = Metrics("unitary"), FollowingMetrics(["clarion.executions"], METRIC_NAMES)
    metrics.watch_lag(lambda: {("clarion.triggers", 0): 0})
    projector.watch_lag(lambda: {"clarion.executions": 0})
    exported = _sample_names(metrics.registry) | _sample_names(projector.registry)
    watched = set(re.findall(r"\bclarion_\w+", " ".join(rule["expr"] for rule in rules)))
    assert watched <= exported


def test_operations_says_what_to_do_about_every_alert(rules: list[dict[str, str]]) -> None:
    operations = Path("docs/operations.md").read_text()
    assert [rule["alert"] for rule in rules if f"`{rule['alert']}`" not in operations] == []


def _sample_names(registry: CollectorRegistry) -> set[str]:
    return {sample.name for family in registry.collect() for sample in family.samples}
