"""Faults of Kafka's brokers: ours are killed as by a power cut of their machine, and come back."""

import asyncio

from confluent_kafka.admin import AdminClient

from embedded import KafkaServer
from proof.faults.asking import ANSWER_SECONDS, answered
from proof.stage import Stage

AWAY_SECONDS = (1.0, 5.0)


async def leader(stage: Stage) -> str:
    """The leader of a partition that is read or written."""
    topic = stage.settings.topic_prefix + stage.random.choice(("triggers", "deliveries.email", "executions"))
    return await _killed_for_a_while(stage, topic, await _leader_of_some(stage, topic))


async def transaction_coordinator(stage: Stage) -> str:
    return await _killed_for_a_while(
        stage, "transactions", await _leader_of_some(stage, "__transaction_state")
    )


async def group_coordinator(stage: Stage) -> str:
    admin = _admin(stage)

    def ask() -> int | None:
        asked = admin.describe_consumer_groups([stage.group_id], request_timeout=ANSWER_SECONDS)
        coordinator = asked[stage.group_id].result(ANSWER_SECONDS).coordinator
        return coordinator.id if coordinator.id > 0 else None

    return await _killed_for_a_while(stage, "the group", await answered(ask))


async def blackout(stage: Stage) -> str:
    """All brokers at once."""
    brokers = stage.servers.kafka.brokers
    await asyncio.gather(*(broker.kill() for broker in brokers))
    await asyncio.sleep(stage.some_seconds(AWAY_SECONDS))
    await asyncio.gather(*(broker.start_again() for broker in brokers))
    return f"{len(brokers)} brokers"


async def _killed_for_a_while(stage: Stage, of: str, node: int) -> str:
    broker: KafkaServer = stage.servers.kafka.brokers[node - 1]
    seconds = stage.some_seconds(AWAY_SECONDS)
    await broker.kill()
    await asyncio.sleep(seconds)
    await broker.start_again()
    return f"node {node}, of {of}, for {seconds:.0f} s"


async def _leader_of_some(stage: Stage, topic: str) -> int:
    admin = _admin(stage)

    def ask() -> list[int] | None:
        partitions = admin.list_topics(topic, ANSWER_SECONDS).topics[topic].partitions
        leaders = [partitions[number].leader for number in sorted(partitions)]
        return leaders if leaders and min(leaders) > 0 else None

    return stage.random.choice(await answered(ask))


def _admin(stage: Stage) -> AdminClient:
    return AdminClient({"bootstrap.servers": stage.servers.kafka.watched_at, "log_level": 0})
