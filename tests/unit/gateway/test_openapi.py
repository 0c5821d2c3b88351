"""The description: valid, complete, and a page that loads nothing from elsewhere."""

import re
from importlib.resources import files
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.api.openapi import describe
from gateway.api.operation import Operation
from gateway.api.routes import OPERATIONS, PREFIX

DESCRIPTION: dict[str, Any] = describe(PREFIX, OPERATIONS)


def test_the_description_is_valid_openapi() -> None:
    validate(DESCRIPTION)


def test_every_name_of_an_operation_is_its_own() -> None:
    names = [each["operationId"] for methods in DESCRIPTION["paths"].values() for each in methods.values()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_each_parameter_of_a_path_is_declared(operation: Operation) -> None:
    declared = {parameter.name for parameter in operation.parameters if parameter.place == "path"}

    assert declared == set(re.findall(r"\{(\w+)\}", operation.path))
    assert operation.summary.endswith(".")


def test_the_paths_of_ajo_are_described() -> None:
    ajo = {path for path in DESCRIPTION["paths"] if path.startswith(("/ajo", "/ims"))}

    assert ajo == {
        "/ajo/im/executions/unitary",
        "/ajo/im/executions/highthroughput",
        "/ajo/im/executions/audience",
        "/ajo/im/executions/audience/{executionId}",
        "/ajo/im/executions/schedules/{scheduleId}",
        "/ajo/im/health",
        "/ims/token/v3",
    }


@pytest.mark.parametrize("name", ["docs.html", "docs.js", "docs.css"])
def test_the_page_names_no_other_host_and_has_nothing_inline(name: str) -> None:
    text = (files("gateway.api") / "pages" / name).read_text()

    assert "//" not in re.sub(r"^\s*// .*$", "", text, flags=re.MULTILINE)
    assert not re.search(r"<script>|<style>| on\w+=|style=|innerHTML|eval\(", text)
