"""Kafka's jars: fetched by Maven once per user, machine and version, kept in a cache named after pom.xml."""

import asyncio
import fcntl
import hashlib
import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from embedded.cache import cached, writable_cache
from embedded.errors import EmbeddedError
from embedded.kafka_version import kafka_version
from embedded.server import Progress
from embedded.supervised import Supervised

POM = Path(__file__).with_name("pom.xml")
LOG = "maven.log"
LOCK_POLL_SECONDS = 0.2
FOLDER = Path("kafka-jars")
# Java takes paths in the encoding of the locale, and under the locale C none but ASCII.
READS_ANY_PATH = {"LC_ALL": "C.UTF-8"}


def cached_jars() -> Path | None:
    """Return the folder of the jars, or None if they are not fetched yet."""
    return cached(_folder_name())


async def fetched_jars(progress: Progress) -> Path:
    """Return the folder of the jars, fetching them if they are not there; EmbeddedError if Maven cannot."""
    if jars := cached_jars():
        return jars
    try:
        _cache().mkdir(exist_ok=True)
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
        await supervised.run(_maven(jars), log=LOG, environment=os.environ | READS_ANY_PATH)
        if await supervised.finished() != 0:
            said = "\n".join(supervised.log_lines(LOG, 15))
            raise EmbeddedError(
                f"Maven could not fetch Kafka {kafka_version()}; check that the version exists and Maven "
                f"reaches a repository:\n{said}"
            )
        return jars.rename(_cache() / _folder_name().name)
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
        *_local_repository(jars.parent),
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


def _local_repository(spare: Path) -> list[str]:
    """Name another than Maven's own if that cannot be written to. Java finds home by user, not by HOME."""
    try:
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
        (home / ".m2" / "repository").mkdir(parents=True, exist_ok=True)
        is_writable = os.access(home / ".m2" / "repository", os.W_OK | os.X_OK)
    except (KeyError, OSError):
        is_writable = False
    return [] if is_writable else [f"-Dmaven.repo.local={spare / 'repository'}"]


def _folder_name() -> Path:
    return FOLDER / f"{kafka_version()}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"


def _cache() -> Path:
    return writable_cache() / FOLDER
