"""What each role does, as its own Kafka user and with the rights that the test grants it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from typer.testing import CliRunner

from cli.main import app
from config.loading import load_settings
from consumer.app import Engine
from consumer.projector import Projector
from tests.commands import Ended, ended, start
from tests.installation import Installation, eventually
from tests.integration.secured.broker import SecuredKafka
from tests.integration.secured.conftest import Access, Settings
from tests.integration.secured.rights_table import Grant


class Roles:
    def __init__(self, secured: SecuredKafka, access: Access, installation: Installation) -> None:
        self._secured = secured
        self._access = access
        self._installation = installation

    @asynccontextmanager
    async def granted(self, grants: Iterable[Grant]) -> AsyncIterator[None]:
        """These and no others, while the block runs."""
        held = list(grants)
        await self.grant(*held)
        try:
            yield
        finally:
            await self.revoke(*held)

    async def grant(self, *grants: Grant) -> None:
        if bindings := [self.here(grant).to(grant.role) for grant in grants]:
            await asyncio.to_thread(self._secured.grant, bindings)

    async def revoke(self, *grants: Grant) -> None:
        if filters := [self.here(grant).of(grant.role) for grant in grants]:
            await asyncio.to_thread(self._secured.revoke, *filters)

    def here(self, grant: Grant) -> Grant:
        """As the table has it, for this installation's prefix."""
        return grant.under(self._installation.settings.topic_prefix)

    def names(self, sentence: str, grant: Grant) -> bool:
        """Whether the sentence names the right as one that is missing."""
        here = self.here(grant)
        right = f"{here.operation} on {here.resource} {here.name.removesuffix('*')}"
        return sentence.startswith("Kafka does not grant this user ") and right in sentence

    async def command(self, role: str, *arguments: str) -> Ended:
        """`clarion` as the role; raises what `main` would turn into a sentence."""
        environment = {f"CLARION_{name.upper()}": str(value) for name, value in self._settings(role).items()}
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ended(done.exit_code, done.stdout, done.stderr)

    @asynccontextmanager
    async def consumer(self, **overrides: object) -> AsyncIterator[Engine]:
        """`clarion run` as the consumer, ready or not."""
        engine, stop = (
            Engine(load_settings(**self._settings("consumer"), **overrides), "unitary"),
            asyncio.Event(),
        )
        running = asyncio.create_task(engine.run(stop))
        try:
            await eventually(lambda: running.done() or engine.not_ready_because())
            yield engine
        finally:
            stop.set()
            await running

    async def project(self) -> bool:
        """`clarion project --once` as the projector."""
        return await Projector(load_settings(**self._settings("projector"))).run_once(asyncio.Event())

    @asynccontextmanager
    async def projector(self) -> AsyncIterator[Projector]:
        """`clarion project` as the projector, ready or not."""
        projecting, stop = Projector(load_settings(**self._settings("projector"))), asyncio.Event()
        running = asyncio.create_task(projecting.run(stop))
        try:
            await eventually(lambda: running.done() or projecting.port)
            yield projecting
        finally:
            stop.set()
            await running

    async def process(self, role: str, *arguments: str) -> Ended:
        """`clarion` as the role, in a process of its own."""
        return await ended(await start(self._installation, *arguments, **self._settings(role)))

    def _settings(self, role: str) -> Settings:
        ours = self._installation.settings
        return {
            **self._access.scram(role),
            "database_url": ours.database_url,
            "topic_prefix": ours.topic_prefix,
            "http_host": "127.0.0.1",
            "http_port": 0,
        }
