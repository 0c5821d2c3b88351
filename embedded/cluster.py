"""Several Kafka nodes that replicate to each other, to be killed one by one, each with a door for a proxy."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import PortTakenError
from embedded.kafka_jars import fetched_jars
from embedded.kafka_java import JavaKafka
from embedded.ports import free_port
from embedded.server import PORT_ATTEMPTS, START_SECONDS, Progress
from embedded.supervised import POLL_SECONDS

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Cluster:
    nodes: Sequence[JavaKafka]
    doors: Sequence[int]
    """By node, the port where it takes those who come by the address that is told as its door's."""

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(node.bootstrap_servers for node in self.nodes)

    async def stop(self) -> None:
        await asyncio.gather(*(node.stop() for node in self.nodes))


async def start_cluster(progress: Progress, told: Sequence[str]) -> Cluster:
    """Start a node for each element of `told`, the address at which clients of its door shall find it.

    With three nodes or more, everything is replicated three times, and a commit needs two of them. Needs Java
    and Maven (see kafka_java.obstacle). Raises EmbeddedError.
    """
    jars = await fetched_jars(progress)
    progress(f"Starting Kafka with {len(told)} nodes ...")
    for _ in range(PORT_ATTEMPTS - 1):
        cluster = await _opened(told, jars)
        try:
            return await _started(cluster)
        except PortTakenError:
            continue
    return await _started(await _opened(told, jars))


async def _opened(told: Sequence[str], jars: Path) -> Cluster:
    nodes = [await JavaKafka.open(jars) for _ in told]
    doors = [free_port() for _ in told]
    controllers = [f"{HOST}:{free_port()}" for _ in told]
    shared = _replication(len(nodes)) | {
        "controller.quorum.voters": ",".join(f"{n}@{address}" for n, address in enumerate(controllers, 1)),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,DOOR:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
    }
    for number, (node, door, address, controller) in enumerate(
        zip(nodes, doors, told, controllers, strict=True), 1
    ):
        node.cluster_id = nodes[0].cluster_id
        plain = f"PLAINTEXT://{node.bootstrap_servers}"
        node.overrides = shared | {
            "node.id": str(number),
            "listeners": f"{plain},DOOR://{HOST}:{door},CONTROLLER://{controller}",
            "advertised.listeners": f"{plain},DOOR://{address}",
        }
    return Cluster(nodes, doors)


def _replication(nodes: int) -> dict[str, str]:
    replicas, in_sync = str(min(nodes, 3)), str(min(nodes, 2))
    return {
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
    }


async def _started(cluster: Cluster) -> Cluster:
    try:
        async with asyncio.TaskGroup() as tasks:
            for node in cluster.nodes:
                tasks.create_task(_start(node, len(cluster.nodes)))
    except BaseException as error:
        await cluster.stop()
        if isinstance(error, ExceptionGroup):
            raise error.exceptions[0] from error
        raise
    return cluster


async def _start(node: JavaKafka, count: int) -> None:
    # None answers before most have found each other, so they start together.
    await node.prepare()
    await node.start_again()
    try:
        async with asyncio.timeout(START_SECONDS):
            while await node.broker_count() < count:  # noqa: ASYNC110 - a broker announces nothing
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise await node.failure("did not find the others") from None
