"""The screen: colours and spinners on a terminal, plain text with nothing cut in a pipe."""

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

_PIPE_WIDTH: Final = 120
_WIDEST: Final = 140
_NARROW: Final = 90


class Screen:
    def __init__(self, console: Console) -> None:
        self._console = console

    @classmethod
    def of_stdout(cls) -> Self:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that cannot show an å gets a question mark, not a traceback.
            sys.stdout.reconfigure(errors="replace")
        terminal = Console(highlight=False)
        width = min(terminal.width, _WIDEST) if terminal.is_terminal else _PIPE_WIDTH
        return cls(Console(highlight=False, width=width))

    @property
    def is_narrow(self) -> bool:
        return self._console.width < _NARROW

    def say(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style))

    def show(self, renderable: RenderableType, indent: int = 0) -> None:
        padded = Padding(renderable, (0, 0, 0, indent))
        if self._console.is_terminal:
            self._console.print(padded)
            return
        with self._console.capture() as capture:
            self._console.print(padded)
        # Rich fills each line up to the width, which in a file is only waste.
        for line in capture.get().splitlines():
            self._console.out(line.rstrip())

    def command(self, line: str) -> None:
        """To be copied, so it is one line however narrow the screen is."""
        self._console.print(Text(f"  {line}", "cyan"), soft_wrap=True)

    def heading(self, title: str) -> None:
        self.say()
        self.say(title, "bold")

    def frame(self, title: str, body: RenderableType) -> None:
        """In a frame on a terminal; indented in a pipe, where a frame is only noise."""
        if self._console.is_terminal:
            heading = Text(title, "bold")
            self.show(Panel.fit(body, title=heading, title_align="left", border_style="dim"))
        else:
            self.say(f"  {title}")
            self.show(body, indent=4)
            self.say()

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """A step that takes a while; yields a way to report progress. Ends with a line that says how long."""
        began = time.monotonic()
        with self._progress(name) as progress:
            yield progress
        seconds = f"  {time.monotonic() - began:.1f} s"
        self._console.print(Text.assemble(("✓ ", "green"), name, (seconds, "dim")))

    @contextmanager
    def _progress(self, name: str) -> Iterator[Callable[[str], None]]:
        """A spinner on a terminal, a line for each report in a pipe."""
        # Of an error, which means that another way is tried, the later lines are a server's log.
        if not self._console.is_terminal:
            yield lambda sentence: self.say(f"  {sentence.splitlines()[0]}")
            return
        with self._console.status(f"{name} ...") as status:
            yield lambda sentence: status.update(Text(sentence.splitlines()[0]))
