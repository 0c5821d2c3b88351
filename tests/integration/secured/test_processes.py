"""What a `clarion` process prints, and how it exits, when Kafka does not let it do its work."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator

import pytest

from tests.commands import Ended, ended
from tests.installation import Installation
from tests.integration.secured.broker import SecuredKafka
from tests.integration.secured.conftest import Access, Settings
from tests.integration.secured.mistakes import MISTAKES
from tests.integration.secured.rights_table import grants
from tests.integration.secured.roles import Roles

COMMANDS = {
    "wrong password, scram": ("topics", "create"),
    "wrong password, plain": ("dead-letters", "list"),
    "TLS to a port without": ("topics", "create"),
    "no TLS to a port with TLS": ("send", "--campaign", "welcome", "--to", "email:a@b.c"),
    "unknown authority": ("dead-letters", "replay", "--execute"),
}


async def clarion(settings: Settings, *arguments: str) -> Ended:
    return await ended(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", *arguments),
            env={**os.environ, **{f"CLARION_{name.upper()}": str(value) for name, value in settings.items()}},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
    )


@pytest.mark.parametrize(("mistake", "command"), COMMANDS.items(), ids=COMMANDS)
async def test_a_mistake_is_one_line_and_exit_code_1(
    access: Access, mistake: str, command: tuple[str, ...]
) -> None:
    way, sentence = MISTAKES[mistake]

    done = await clarion(way(access), *command)

    assert (done.code, done.out) == (1, "")
    assert re.match(sentence, done.err)
    assert done.err.count("\n") == 1


@pytest.fixture
async def installation(secured: SecuredKafka, database_url: str) -> AsyncIterator[Installation]:
    """Its own user may do everything."""
    async with Installation.create(secured.administered_at, database_url, topic_partitions=1) as ours:
        yield ours


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("producer", ("send", "--campaign", "welcome", "--to", "email:a@b.c")),
        ("projector", ("project", "--once")),
        ("operator", ("dead-letters", "replay", "--execute")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_missing_rights_are_one_line_and_exit_code_1(
    secured: SecuredKafka, access: Access, installation: Installation, role: str, command: tuple[str, ...]
) -> None:
    roles = Roles(secured, access, installation)

    done = await roles.process(role, *command)

    assert (done.code, done.out) == (1, "")
    assert any(roles.names(done.err, grant) for grant in grants(role))
    assert done.err.count("\n") == 1
