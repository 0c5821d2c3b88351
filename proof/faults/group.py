"""Faults of the consumer group's memory."""

import asyncio

from confluent_kafka.admin import AdminClient

from proof.stage import Stage

ANSWER_SECONDS = 30.0


async def offsets_lost(stage: Stage) -> str:
    """All processes leave, the group is deleted with its offsets, and as many come again."""
    leaving = stage.crew.running()
    await stage.crew.leave()
    admin = AdminClient({"bootstrap.servers": stage.servers.kafka.watched_at, "log_level": 0})
    try:
        asked = admin.delete_consumer_groups([stage.group_id], request_timeout=ANSWER_SECONDS)
        await asyncio.to_thread(asked[stage.group_id].result, ANSWER_SECONDS)
    finally:
        await stage.crew.fill_up(stage.plan.workers)
    return f"of {len(leaving)} processes"
