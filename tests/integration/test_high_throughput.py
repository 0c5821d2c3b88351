"""The high-throughput lane decides a batch in small parts: nothing of it is lost, and it stays one batch."""

from itertools import groupby

from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, metric

PEOPLE, TRIGGERS = 7, 140
BAD_EVERY = 20


async def test_a_batch_of_many_parts_is_executed_in_order_and_counted_once(
    installation: Installation,
) -> None:
    await installation.activate(campaign(id="fast", lane="high-throughput", createProfiles=False))
    for number in range(TRIGGERS):
        person = recipient(f"person-{number % PEOPLE}@example.com", type="external")
        campaign_id = "unheard-of" if number % BAD_EVERY == 0 else "fast"
        call = trigger(person, requestId=f"r-{number:03}", campaignId=campaign_id)
        await installation.send(call, lane="high-throughput")

    async with installation.engine("high-throughput") as engine:
        executions = await installation.executions(TRIGGERS)
        batches = await metric(engine.port, "clarion_batch_records_count")
        outcomes = await metric(engine.port, "clarion_outcomes_total")

    assert sorted(each["requestId"] for each in executions) == [f"r-{n:03}" for n in range(TRIGGERS)]
    deliveries = sorted(await installation.deliveries(), key=lambda each: str(each["recipient"]["userId"]))
    assert len(deliveries) == TRIGGERS - TRIGGERS // BAD_EVERY
    for _, of_one in groupby(deliveries, key=lambda each: each["recipient"]["userId"]):
        requests = [each["requestId"] for each in of_one]
        assert requests == sorted(requests)
    assert len(await installation.dead_letters(TRIGGERS // BAD_EVERY)) == TRIGGERS // BAD_EVERY
    assert outcomes == TRIGGERS
    assert batches < TRIGGERS / 50
