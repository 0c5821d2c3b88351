"""Dead letters as `clarion dead-letters list` and `show` present them to people."""

from typing import Final

from consumer.dead_letters.document import row
from consumer.dead_letters.source import Listed
from consumer.triggers.call import moment
from schemas.dead_letter import PREFIX
from schemas.delivery import timestamp

COLUMNS: Final = ["at", "reason", "campaignId", "requestId", "attempt", "failedAt", "resolution", "detail"]


def line(listed: Listed) -> dict[str, str]:
    """The same for a table: of the resolution only what was done, and nothing a terminal would obey."""
    cells = row(listed)
    cells["resolution"] = (cells["resolution"] or {}).get("action")
    return {name: printable(str(cells[name])) for name in COLUMNS if cells[name] is not None}


def readable(document: dict[str, object]) -> dict[str, object]:
    """The same for people: instants as such, and no headers that say again what stands above."""
    shown = {name: value for name, value in document.items() if value not in (None, [], {})}
    if isinstance(origin := shown.get("origin"), dict):
        shown["origin"] = origin | {"timestamp": timestamp(moment(origin["timestamp"]))}
    if isinstance(headers := shown.get("headers"), dict):
        shown["headers"] = {name: value for name, value in headers.items() if not name.startswith(PREFIX)}
    return {name: value for name, value in shown.items() if value != {}}


def printable(text: str) -> str:
    """Without what a terminal would obey: a producer chose some of these characters."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
