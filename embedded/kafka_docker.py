"""Kafka in Docker."""

import secrets
from importlib.util import find_spec
from typing import TYPE_CHECKING

from embedded.background import in_background
from embedded.broker import HEAP, JVM_OPTIONS, SETTINGS, KafkaServer
from embedded.server import Progress, started
from embedded.supervised import Supervised

if TYPE_CHECKING:
    from embedded.container import KafkaContainer


async def obstacle(progress: Progress) -> str | None:
    """Say what keeps this machine from running Kafka in Docker, or return None."""
    if find_spec("testcontainers") is None:
        return "and install clarion[embedded]"
    from embedded import container  # noqa: PLC0415 - slow to import, and missing without clarion[embedded]

    if reason := await in_background(container.engine_obstacle):
        return reason
    if await in_background(container.image_is_here):
        return None
    progress(f"Pulling {container.image()} (once per machine) ...")
    return await in_background(container.pull_obstacle)


async def start(progress: Progress) -> KafkaServer:
    """Start a broker; EmbeddedError if it does not come up."""
    from embedded.container import KafkaContainer, engine_host  # noqa: PLC0415 - as above

    progress("Starting Kafka in Docker ...")
    host = await in_background(engine_host)

    async def open_server() -> DockerKafka:
        name = f"clarion-kafka-{secrets.token_hex(6)}"
        return DockerKafka(await Supervised.open("kafka", container=name), host, name, KafkaContainer)

    return await started(open_server)


class DockerKafka(KafkaServer):
    def __init__(self, supervised: Supervised, host: str, name: str, make: type["KafkaContainer"]) -> None:
        super().__init__(supervised, host)
        self.container_name = name
        self._container = make(name, host, self.port, self._environment())

    async def prepare(self) -> None:
        """Do nothing: the image formats its data folder itself."""

    async def launch(self) -> None:
        self.pid = await in_background(self._container.start)

    async def has_ended(self) -> bool:
        return await in_background(self._container.has_ended)

    async def kill(self) -> None:
        await in_background(self._container.kill)

    async def stop(self) -> None:
        await super().stop()
        self._container.close()

    async def log_lines(self, count: int) -> list[str]:
        return await in_background(lambda: self._container.log_lines(count))

    def _environment(self) -> dict[str, str]:
        # Brokers reach each other, and themselves for transactions, through an advertised listener: the
        # clients' port is not to be reached from inside the container.
        settings = SETTINGS | {
            "listeners": "CLIENTS://:9092,INTERNAL://127.0.0.1:19092,CONTROLLER://127.0.0.1:9093",
            "advertised.listeners": f"CLIENTS://{self.bootstrap_servers},INTERNAL://127.0.0.1:19092",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENTS:PLAINTEXT",
            "inter.broker.listener.name": "INTERNAL",
            "controller.quorum.voters": "1@127.0.0.1:9093",
        }
        return {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()} | {
            "CLUSTER_ID": self.cluster_id,
            "KAFKA_HEAP_OPTS": HEAP,
            "KAFKA_OPTS": " ".join(JVM_OPTIONS),
        }
