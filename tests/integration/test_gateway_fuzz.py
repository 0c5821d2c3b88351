"""Calls made up from the description: none ends in a fault of ours, and every answer is as described."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from consumer.keys import administration
from consumer.keys.key import Scope
from tests.builders import campaign
from tests.gateways import Client, gateway_of
from tests.installation import Installation, eventually

# More of them for a long run: FUZZ_EXAMPLES=500.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
DESCRIPTION = "/api/v1/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    for id_ in ("welcome", "other"):
        await installation.activate(campaign(id=id_))
    async with gateway_of(installation, secret_key=SecretStr("ab" * 32)) as client:
        yield client


def call_everything(port: int | None, secret: str, description: Any) -> list[str]:
    """What is wrong, by operation; runs in a thread."""
    schema = schemathesis.openapi.from_dict(description)
    base_url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {secret}"}
    faults: list[str] = []
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # the description is valid

        @SETTINGS
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            # Not raised: what a call meets depends on those before it, and would not be met again.
            try:
                case.call_and_validate(base_url=base_url, headers=headers, checks=CHECKS)
            except FailureGroup as error:
                faults.append(f"{case.operation.label}: {error.exceptions}")

        call()
    return faults


# It warns of random numbers that other threads draw meanwhile.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
async def test_no_call_that_can_be_described_ends_in_a_fault(
    client: Client, installation: Installation
) -> None:
    key = await administration.create(installation.database, "fuzz", [Scope.ADMIN])
    bearer = {"authorization": f"Bearer {key.secret}"}

    async def is_known() -> bool:
        return (await client.call("GET", "/api/v1/keys", **bearer)).status == 200

    await eventually(is_known)
    description = (await client.call("GET", DESCRIPTION)).json
    faults = await asyncio.to_thread(call_everything, client.gateway.port, key.secret, description)

    assert not faults, "\n\n".join(faults)
