"""Processes of the release before on the tables of this one, and of this one on the tables before."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from consumer.app import Engine
from consumer.projector import Projector
from consumer.store import DatabaseNotReady
from consumer.store.migrate import migrate
from consumer.store.service import connect_service
from tests.builders import trigger
from tests.commands import ended, start
from tests.installation import DEADLINE_SECONDS, Installation, eventually
from tests.projecting import projector

BEFORE = "0002"
"""The revision of the tables of the release before."""
NOW = datetime.now(UTC)

Statements = dict[str, str]


@pytest.fixture(scope="module")
def statements() -> Statements:
    text = (Path(__file__).parent / "previous_release.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+\.\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.fixture
async def tables_before(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    await migrate(empty_database_url, to=BEFORE)
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


# --- the release before, on the tables of this one -----------------------------------------------------


async def test_every_statement_of_the_release_before_is_one_on_these_tables(
    database_url: str, statements: Statements
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for name, statement in statements.items():
            try:
                await connection.prepare(statement)
            except asyncpg.PostgresError as error:
                raise AssertionError(f"{name}: {error}") from error
    finally:
        await connection.close()
    assert len(statements) > 20


async def test_its_processes_go_on_while_the_tables_change(
    tables_before: asyncpg.Connection, empty_database_url: str, statements: Statements
) -> None:
    old = Old(tables_before, statements)
    epoch = await old.raise_epoch()
    assert await old.claims(epoch, offset=0)

    await migrate(empty_database_url)

    # The epoch stands, a claim from before is known, and new ones are made.
    assert await old.claims(epoch, offset=0)
    assert not await old.claims(epoch, offset=1)
    assert await old.claims(epoch, offset=2, delivery=uuid4())
    assert await old.creates_profile("email", "alice@example.com")
    await old.acknowledge(epoch, 3)
    await old.project()
    assert await old.raise_epoch() == epoch + 1


async def test_its_processes_cannot_create_profiles_under_a_namespace_with_capitals(
    tables_before: asyncpg.Connection, empty_database_url: str, statements: Statements
) -> None:
    """Such an installation is upgraded with its consumers stopped: docs/upgrade.md says so."""
    await migrate(empty_database_url)
    with pytest.raises(asyncpg.CheckViolationError):
        await Old(tables_before, statements).creates_profile("Email", "alice@example.com")


class Old:
    """What a process of the release before does, on one partition."""

    def __init__(self, connection: asyncpg.Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements
        self._delivery = uuid4()

    async def raise_epoch(self) -> int:
        [row] = await self._ask("partitions.raise_epochs", "group", "triggers", [0])
        return int(row["epoch"])

    async def claims(self, epoch: int, offset: int, delivery: UUID | None = None) -> bool:
        """Whether the record gets the claim."""
        claim = ([delivery or self._delivery], ["triggers"], [0], [offset], [b"content"])
        partition = ([0], [epoch], [offset + 1])
        rows = await self._ask("batch._claim", "group", "triggers", *partition, *claim)
        assert rows[0]["stands"]
        return rows[0]["delivery_id"] is None

    async def creates_profile(self, namespace: str, value: str) -> bool:
        owner = (["triggers"], [0], [0])
        await self._ask("batch._create_profiles", [uuid4()], [namespace], [value], *owner, "dataset")
        return bool(await self._ask("batch._find_profiles", [namespace], [value]))

    async def acknowledge(self, epoch: int, offset: int) -> None:
        await self._ask("partitions.acknowledge", "group", "triggers", [0], [epoch], [offset])

    async def project(self) -> None:
        """One execution, one dead letter and its resolution."""
        await self._ask("projections.add_partition", "executions", 0, 0)
        execution = (0, 0, uuid4(), "welcome", 1, "r-1", 1, "triggers", 0, 0, NOW, NOW, "[]", True)
        await self._ask("executions.insert_executions", *([value] for value in execution))
        letter = (0, 0, NOW, "", "invalid", "invalid", "", None, None, None, None, 1, "triggers", 0, 0, 0, 2)
        await self._ask("dead_letters.insert_dead_letters", *([value] for value in (*letter, True)))
        resolution = (0, 0, NOW, "replay", "run", "somebody", NOW, None, False, 0)
        await self._ask("resolutions.write_resolutions", *([value] for value in resolution))
        await self._ask("dead_letters.mark_open", [0], [0])
        await self._ask("projections._move", ["executions"], [0], [0], [1])
        count = ("welcome", NOW, "email", "delivery", "", 1)
        await self._ask("outcome_counts.add_counts", *([value] for value in count))

    async def _ask(self, name: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._connection.fetch(self._statements[name], *arguments)


# --- this release, on the tables before ----------------------------------------------------------------


@pytest.mark.usefixtures("tables_before")
async def test_a_start_on_old_tables_says_what_to_do(empty_database_url: str) -> None:
    with pytest.raises(DatabaseNotReady, match=rf"revision {BEFORE}, .* run `clarion migrate`"):
        await connect_service(empty_database_url)


@pytest.mark.usefixtures("tables_before")
async def test_processes_started_on_old_tables_wait_for_the_migration(
    bootstrap_servers: str, empty_database_url: str
) -> None:
    async with Installation.create(bootstrap_servers, empty_database_url) as installation:
        await installation.send(trigger())
        async with (
            installation.starting_engine() as engine,
            projector(installation, ready=False) as projecting,
        ):
            for process in (engine, projecting):
                await eventually(lambda: says_migrate(process))  # noqa: B023 - called at once
            await migrate(empty_database_url)
            # Before its campaign is there, the trigger is a dead letter; that too is an execution.
            await installation.executions(1)
            await eventually(lambda: not engine.not_ready_because() and not projecting.not_ready_because())


def says_migrate(process: Engine | Projector) -> bool:
    return any("run `clarion migrate`" in reason for reason in process.not_ready_because())


@pytest.mark.usefixtures("tables_before")
async def test_a_releaser_started_on_old_tables_waits_too(
    bootstrap_servers: str, empty_database_url: str
) -> None:
    async with Installation.create(bootstrap_servers, empty_database_url) as installation:
        process = await start(installation, "dead-letters", "release", "--watch")
        assert process.stderr
        async with asyncio.timeout(DEADLINE_SECONDS):
            await process.stderr.readuntil(b"run `clarion migrate`")
        await migrate(empty_database_url)
        process.terminate()
        assert (await ended(process)).code == 0
