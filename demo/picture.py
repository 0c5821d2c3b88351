"""`python -m demo.picture FILE.svg`: perform the demo, and draw what its screen shows at first."""

import asyncio
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from demo.log_tail import LogTail
from demo.scenarios import ACTS, SCENARIOS
from demo.screen import Screen
from demo.story import perform

WIDTH: Final = 120
_ACTS_SHOWN: Final = 3
# Without the fonts that rich would have fetched from elsewhere.
_FORMAT: Final = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


class _Recorded(Screen):
    """A screen without spinners: every frame of one would be recorded."""

    @contextmanager
    def _progress(self, name: str) -> Iterator[Callable[[str], None]]:  # noqa: ARG002
        yield lambda _: None


def main(file: Path) -> int:
    console = _console()
    # What the demo says to try next names the command, not this module.
    sys.argv[0] = str(Path(sys.executable).with_name("clarion"))
    LogTail.instead_of_stderr()
    surprises = asyncio.run(perform(_Recorded(console), keep=False))
    if surprises:
        print(*surprises, sep="\n")  # noqa: T201
        return 1
    file.write_text(drawn(console.export_text(styles=True)), encoding="utf-8")
    return 0


def drawn(screen: str) -> str:
    """The picture of a screen with its colours, up to the heading at which it would become too long."""
    console, count = _console(), sum(len(act.scenarios) for act in ACTS[:_ACTS_SHOWN])
    shown = Text.from_ansi(screen).split("\n")
    plain = [line.plain.strip() for line in shown]
    console.print(Text("\n").join(shown[: plain.index(ACTS[_ACTS_SHOWN].title) - 1]))
    return console.export_svg(
        title=f"clarion demo: the first {count} of {len(SCENARIOS)} triggers",
        theme=MONOKAI,
        code_format=_FORMAT,
        unique_id="demo",
    )


def _console() -> Console:
    return Console(
        record=True,
        file=io.StringIO(),
        force_terminal=True,
        highlight=False,
        width=WIDTH,
        color_system="truecolor",
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
