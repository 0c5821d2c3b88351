"""Kafka as a JVM of our own: its jars from Maven, one KRaft node in a temporary folder."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded.background import in_background
from embedded.broker import QUICK_TO_START, SETTINGS, KafkaServer
from embedded.kafka_jars import READS_ANY_PATH, cached_jars, fetched_jars
from embedded.places import temporary_place
from embedded.ports import free_port
from embedded.server import Progress, started
from embedded.supervised import Supervised

LOG = "kafka.log"
OLDEST_JAVA = 17
JARS = "jars"


async def obstacle(_progress: Progress) -> str | None:
    """Say what keeps this machine from running Kafka as a JVM, or return None."""
    version = await in_background(_java_version)
    if version is None:
        return "no working java is on the PATH"
    if version < OLDEST_JAVA:
        return f"the java on the PATH is {version}, older than {OLDEST_JAVA}"
    if cached_jars() is None and shutil.which("mvn") is None:
        return "no mvn is on the PATH"
    return None


async def start(progress: Progress, jvm: Sequence[str] = QUICK_TO_START) -> KafkaServer:
    """Start a broker; EmbeddedError if its jars are not to be had or it does not come up."""
    jars = await fetched_jars(progress)
    progress("Starting Kafka ...")

    async def open_server() -> JavaKafka:
        return await JavaKafka.open(jars, jvm)

    return await started(open_server)


class JavaKafka(KafkaServer):
    def __init__(self, supervised: Supervised, jars: Path, jvm: Sequence[str] = QUICK_TO_START) -> None:
        super().__init__(supervised)
        self.overrides: Mapping[str, str] = {}
        """Settings of a node that is not alone; to be set before it is prepared."""
        self.format_options: Sequence[str] = ()
        """For StorageTool, as the users that a broker knows from its first start."""
        self._jars = jars
        self._jvm = jvm
        self._properties = supervised.folder / "server.properties"

    @classmethod
    async def open(cls, jars: Path, jvm: Sequence[str] = QUICK_TO_START) -> "JavaKafka":
        return cls(await Supervised.open("kafka", inside=temporary_place(None)), jars, jvm)

    async def prepare(self) -> None:
        # By this name, as a colon in the cache's would end an element of the class path.
        (self.supervised.folder / JARS).symlink_to(self._jars)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        await self._run("kafka.tools.StorageTool", "format", *self._format_arguments())
        if await self.supervised.finished() != 0:
            raise await self.failure("could not format its data folder")

    async def launch(self) -> None:
        self.pid = await self._run("kafka.Kafka", self._properties.name)

    async def has_ended(self) -> bool:
        return await self.supervised.exit_code() is not None

    async def kill(self) -> None:
        await self.supervised.kill()

    async def log_lines(self, count: int) -> list[str]:
        return self.supervised.log_lines(LOG, count)

    def _format_arguments(self) -> list[str]:
        return ["-t", self.cluster_id, "-c", self._properties.name, *self.format_options]

    def _settings(self) -> dict[str, str]:
        controller = f"127.0.0.1:{free_port()}"
        alone = {
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{controller}",
            "controller.quorum.voters": f"1@{controller}",
            # As seen from our folder, whose name a list separated by commas need not be able to hold.
            "log.dirs": "data",
        }
        return {**SETTINGS, **alone, **self.overrides}

    async def _run(self, main_class: str, *arguments: str) -> int:
        options = [
            *self._jvm,
            # These two keep a killed JVM from leaving files outside our folder.
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={self.supervised.folder}",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        ]
        command = [_java(), *options, "-cp", f"{JARS}/*", main_class, *arguments]
        return await self.supervised.run(command, log=LOG, environment=os.environ | READS_ANY_PATH)


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=f"{home}/bin") if home else None) or "java"


def _java_version() -> int | None:
    try:
        asked = subprocess.run([_java(), "-version"], capture_output=True, text=True, check=True)  # noqa: S603 - the user's own java
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(\d+)', asked.stderr)
    return int(found[1]) if found else None
