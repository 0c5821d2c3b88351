"""Backups of a database on a server of ours, made and restored as docs/upgrade.md says."""

import asyncio
import re
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

from yarl import URL

from embedded.postgresql_programs import programs_for
from tests.faults.own_database import OwnDatabase

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "upgrade.md"


def documented_sql(heading: str) -> list[str]:
    """The statements that docs/upgrade.md has under this heading."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    assert blocks, f"docs/upgrade.md has no SQL under {heading!r}"
    return [statement for block in blocks for statement in block.split(";\n") if statement.strip()]


async def back_up(database: OwnDatabase, folder: Path) -> Path:
    """A consistent copy as of now, whatever is written meanwhile."""
    file = folder / "clarion.sql"
    await _run(folder, "pg_dump", "--no-owner", f"--file={file}", f"--dbname={database.url}")
    return file


async def restore(database: OwnDatabase, backup: Path, *, corrected: bool = True) -> None:
    """Into a database beside the one in use, which it then replaces at one instant."""
    name, beside = database.name, f"{database.name}_restored"
    await database.execute_on_server(f"CREATE DATABASE {beside} OWNER {database.role}")
    url = str(URL(database.url).with_path(f"/{beside}"))
    await _run(
        backup.parent, "psql", "--quiet", "--single-transaction", f"--file={backup}", f"--dbname={url}"
    )
    if corrected:
        for statement in documented_sql("Restore"):
            await _run(backup.parent, "psql", "--quiet", f"--command={statement}", f"--dbname={url}")
    await database.execute_on_server(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608
        f"ALTER DATABASE {name} RENAME TO {name}_before",
        f"ALTER DATABASE {beside} RENAME TO {name}",
        f"DROP DATABASE {name}_before",
    )


async def _run(folder: Path, program: str, *arguments: str) -> None:
    path = programs_for(None, folder) / program
    options = ["--set=ON_ERROR_STOP=1", "--no-psqlrc"] if program == "psql" else []
    process = await asyncio.create_subprocess_exec(path, *options, *arguments, stderr=PIPE)
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()
