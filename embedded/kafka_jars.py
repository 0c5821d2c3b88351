"""Kafka's jars: fetched by Maven once per user, machine and version, kept in a cache named after pom.xml."""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.kafka_version import kafka_version
from embedded.server import Progress
from embedded.supervised import Supervised

POM = Path(__file__).with_name("pom.xml")
LOG = "maven.log"
LOCK_POLL_SECONDS = 0.2


def cached_jars() -> Path | None:
    """Return the folder of the jars, or None if they are not fetched yet."""
    return _jars() if _jars().is_dir() else None


async def fetched_jars(progress: Progress) -> Path:
    """Return the folder of the jars, fetching them if they are not there; EmbeddedError if Maven cannot."""
    try:
        _cache().mkdir(parents=True, exist_ok=True)
        async with _only_one():
            return cached_jars() or await _fetch(progress)
    except OSError as error:
        raise EmbeddedError(
            f"{error}. Make room there, or let XDG_CACHE_HOME name another folder."
        ) from error


async def _fetch(progress: Progress) -> Path:
    progress(f"Fetching Kafka {kafka_version()}'s jars from Maven (once per machine) ...")
    # Inside the cache, so that the move at the end is one rename: the jars are all there or not at all.
    supervised = await Supervised.open("maven", inside=_cache())
    try:
        jars = supervised.folder / "jars"
        await supervised.run(_maven(jars), log=LOG)
        if await supervised.finished() != 0:
            said = "\n".join(supervised.log_lines(LOG, 15))
            raise EmbeddedError(
                f"Maven could not fetch Kafka {kafka_version()}; check that the version exists and Maven "
                f"reaches a repository:\n{said}"
            )
        return jars.rename(_jars())
    finally:
        await supervised.close()


def _maven(jars: Path) -> list[str | Path]:
    goal = "dependency:copy-dependencies"
    return [
        "mvn",
        "--batch-mode",
        "--quiet",
        "--file",
        POM,
        goal,
        f"-Dkafka.version={kafka_version()}",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={jars}",
    ]


@asynccontextmanager
async def _only_one() -> AsyncIterator[None]:
    """Let one process at a time fetch. The lock is the kernel's, so a killed process does not keep it."""
    with (_cache() / "lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_POLL_SECONDS)
        yield


def _jars() -> Path:
    version = kafka_version()
    return _cache() / f"{version}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "clarion" / "kafka-jars"
