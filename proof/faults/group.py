"""Faults of the consumer group's memory."""

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from proof.faults.asking import ANSWER_SECONDS, answered
from proof.stage import Stage


async def offsets_lost(stage: Stage) -> str:
    """All processes leave, the group is deleted with its offsets, and as many come again."""
    leaving = stage.workers.running()
    await stage.workers.leave()
    admin = AdminClient({"bootstrap.servers": stage.servers.kafka.watched_at, "log_level": 0})

    def delete() -> bool:
        asked = admin.delete_consumer_groups([stage.group_id], request_timeout=ANSWER_SECONDS)
        try:
            asked[stage.group_id].result(ANSWER_SECONDS)
        except KafkaException as error:
            # Refused as long as it counts a process that was killed among its members.
            if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
                raise
        return True

    try:
        await answered(delete)
    finally:
        await stage.workers.fill_up(stage.plan.workers)
    return f"of {len(leaving)} processes"
