"""Every reason is seen where it belongs: on the dead-letter topic, or in the execution record."""

from tests.builders import campaign, trigger
from tests.installation import Installation


async def test_a_trigger_becomes_a_delivery_an_execution_and_a_new_profile(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(call := trigger())
        [execution] = await installation.executions(1)
    [delivery] = await installation.deliveries()
    [created] = await installation.profiles_created()
    assert execution["requestId"] == call["requestId"]
    assert delivery["content"]["subject"] == "Hello Alice"
    assert delivery["recipient"]["profileId"] == created["profileId"]
    assert await installation.dead_letters() == []
