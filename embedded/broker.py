"""What all our brokers share: their settings, and how one sees that the broker answers."""

import asyncio
import struct
import uuid
from base64 import urlsafe_b64encode
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from embedded.ports import free_port
from embedded.server import Server
from embedded.supervised import Supervised

ANSWER_SECONDS = 5.0
# Length, ApiVersions (18), version 0, correlation id, no client id: the smallest question Kafka knows.
API_VERSIONS_REQUEST = struct.pack(">ihhih", 10, 18, 0, 1, -1)

# One node, for one program's life, and up quickly.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "5",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A killed broker that comes back is refused until its old session is over: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # 128 MB by default, of a small heap.
    "log.cleaner.dedupe.buffer.size": "4194304",
}

HEAP = "-Xmx512m"
# Short-lived: quick to start rather than quick in its second hour.
JVM_OPTIONS = ("-XX:TieredStopAtLevel=1",)
QUICK_TO_START = (HEAP, *JVM_OPTIONS, "-XX:+UseSerialGC")
# As Kafka's own start script has it.
AS_IN_PRODUCTION = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")


class KafkaServer(Server):
    name = "Kafka"

    def __init__(self, supervised: Supervised, host: str = "127.0.0.1") -> None:
        super().__init__(supervised)
        self.port = free_port()
        self.bootstrap_servers = f"{host}:{self.port}"
        # 16 bytes in URL-safe base64, as Kafka's own Uuid prints them.
        # The first six bits are an A: one id in 64 would begin with a dash, and be taken for an option.
        self.cluster_id = "A" + urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()[1:]

    async def answers(self) -> bool:
        # aiokafka logs an error for each refused connection, so it comes in only when Kafka is spoken there.
        return await self._speaks_kafka() and await self.broker_count() > 0

    async def _speaks_kafka(self) -> bool:
        host, _, port = self.bootstrap_servers.rpartition(":")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection(host, int(port))
                try:
                    writer.write(API_VERSIONS_REQUEST)
                    return bool(await reader.read(1))
                finally:
                    writer.close()
        except OSError:
            return False

    async def broker_count(self) -> int:
        """How many brokers of our cluster this one knows of; 0 if it does not answer, or is another's."""
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await admin.start()
                cluster = await admin.describe_cluster()
        except (KafkaError, OSError):
            return 0
        finally:
            await admin.close()
        return len(cluster["brokers"]) if cluster["cluster_id"] == self.cluster_id else 0
