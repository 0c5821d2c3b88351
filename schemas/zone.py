"""Time zones by their names in the IANA database."""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

_NAME: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}")
# What a system's folder of zones holds besides: copies, and what is set for one machine.
_NO_ZONES: Final = re.compile(r"(?:right|posix)/.*|posixrules|localtime|Factory")


@lru_cache(maxsize=2_000)
def find_zone(name: str) -> ZoneInfo | None:
    """None if there is no such zone. Profiles name whatever they like, so what is not found is kept, too."""
    if not _NAME.fullmatch(name) or _NO_ZONES.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _known_zone(name: str) -> str:
    if find_zone(name) is None:
        close = get_close_matches(name, available_timezones(), n=1)
        meant = f": did you mean {close[0]}?" if close else "; write it as Europe/Stockholm"
        raise ValueError(f"there is no time zone {name[:64]!r}{meant}")
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]
