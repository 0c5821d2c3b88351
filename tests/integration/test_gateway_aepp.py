"""The library aepp, as Adobe's customers use it, triggers campaigns here.

It has an environment of its own: `make aepp`. Without that the test is skipped.
"""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from consumer.keys import administration
from consumer.keys.key import Scope
from schemas.ids import execution_id
from tests.builders import campaign
from tests.gateways import gateway_of
from tests.installation import Installation

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-aepp" / "bin" / "python"


@pytest.mark.skipif(not PYTHON.exists(), reason="`make aepp` makes its environment")
async def test_aepp_triggers_campaigns_with_other_host_names_and_credentials(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await installation.activate(campaign(id="bulk", lane="high-throughput", createProfiles=False))
    key = await administration.create(installation.database, "aepp", [Scope.TRIGGER])
    async with gateway_of(installation, secret_key=SecretStr("ab" * 32)) as client:
        process = await asyncio.create_subprocess_exec(
            *(str(PYTHON), "-W", "ignore", str(ROOT / "tests" / "producers" / "aepp_calls.py")),
            *(f"http://127.0.0.1:{client.gateway.port}", key.id, key.secret),
            stdout=PIPE,
        )
        out, _ = await process.communicate()
    answers = orjson.loads(out)

    assert process.returncode == 0
    assert answers["unitary"]["executionId"] == execution_id("welcome", "r-1")
    assert answers["highThroughput"]["executionId"] == execution_id("bulk", "r-2")
    assert answers["unitary"]["createdBy"] == key.id
    # The call is read, and is refused for what it asks: nobody has made this audience, and 2099 is far away.
    assert answers["audience"]["status"] in {400, 404}
    assert answers["audience"]["requestId"] == "r-3"
    for lane in ("unitary", "high-throughput"):
        assert len(await installation.read(installation.topics.triggers(lane))) == 1
