"""`python -m demo.picture FILE.svg`: perform the demo, and draw what its screen shows."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI

from demo.log_tail import LogTail
from demo.screen import Screen
from demo.story import perform

WIDTH: Final = 120


class _Recorded(Screen):
    """A screen without spinners: every frame of one would be recorded."""

    @contextmanager
    def _progress(self, name: str) -> Iterator[Callable[[str], None]]:  # noqa: ARG002
        yield lambda _: None


def main(file: Path) -> int:
    console = Console(
        record=True,
        file=io.StringIO(),
        force_terminal=True,
        highlight=False,
        width=WIDTH,
        color_system="truecolor",
    )
    # What the demo says to try next names the command, not this module.
    sys.argv[0] = str(Path(sys.executable).with_name("clarion"))
    LogTail.instead_of_stderr()
    surprises = asyncio.run(perform(_Recorded(console), keep=False))
    if surprises:
        print(*surprises, sep="\n")  # noqa: T201
        return 1
    file.write_text(
        console.export_svg(title="clarion demo", theme=MONOKAI, unique_id="demo"), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
