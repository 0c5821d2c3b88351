"""`python -m docs.pictures.draw`: draw rooms.svg from rooms.txt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SOURCE, PICTURE = HERE / "rooms.txt", HERE / "rooms.svg"
WIDTH, MARGIN, GAP, HEIGHT = 900, 24, 10, 46
STYLE: Final = """\
text{font:600 13px system-ui,sans-serif;fill:#1c2430;text-anchor:middle}
.note{font:12px system-ui,sans-serif;fill:#5a6572}
rect{fill:#eef3f9;stroke:#9aa9bb;rx:4px}
.frame{fill:none;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#e6e9ed}.note{fill:#a3acb6}rect{stroke:#5a6c80}rect:not(.frame){fill:#1d2733}}
"""


@dataclass(frozen=True, slots=True)
class Floor:
    rooms: Sequence[tuple[str, str]]
    """Names, and what they are for."""
    house: str
    """The package they are in; empty for the top of the repository."""


def floors(text: str) -> Iterator[Floor]:
    """The floors that the text lists, from top to bottom."""
    house = ""
    for block in text.split("\n\n"):
        rooms: list[tuple[str, str]] = []
        leaves = False
        for line in block.splitlines():
            if line.startswith("[/"):
                leaves = True
            elif line.startswith("["):
                house = line.strip("[]")
            elif not line.startswith("#"):
                name, _, note = line.partition(" ")
                rooms.append((name, note.strip()))
        if rooms:
            yield Floor(rooms, house)
        house = "" if leaves else house


def drawn(text: str) -> str:
    """The picture, readable on light and on dark."""
    listed = list(floors(text))
    shapes: list[str] = []
    y, house, top = 10, "", 0
    for floor in listed:
        if floor.house and not house:
            top, y = y, y + 26
        elif house and not floor.house:
            shapes.append(_frame(house, top, y))
            y += 2 * GAP
        house = floor.house
        shapes += _boxes(floor, y)
        y += HEIGHT + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img">'
        f"<title>The rooms; imports go down</title><style>{STYLE}</style>\n"
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


def _frame(house: str, top: int, bottom: int) -> str:
    return (
        f'<rect class="frame" x="8" y="{top}" width="{WIDTH - 16}" height="{bottom - top}"/>'
        f'<text x="{WIDTH // 2}" y="{top + 18}">{escape(house)}/</text>'
    )


def _boxes(floor: Floor, y: int) -> Iterator[str]:
    width = (WIDTH - 2 * MARGIN - GAP * (len(floor.rooms) - 1)) / len(floor.rooms)
    for number, (name, note) in enumerate(floor.rooms):
        x = MARGIN + number * (width + GAP)
        middle = x + width / 2
        yield (
            f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{HEIGHT}"/>'
            f'<text x="{middle:.0f}" y="{y + 20}">{escape(name)}</text>'
            f'<text class="note" x="{middle:.0f}" y="{y + 36}">{escape(note)}</text>'
        )


if __name__ == "__main__":
    PICTURE.write_text(drawn(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
