"""Folders that servers can work in: not every one that suits us suits a program run as another user."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from embedded.errors import EmbeddedError

SYSTEM_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - looked at, and a folder with a random name is made in it
# PostgreSQL has 1,024 bytes for a path, and makes longer ones of ours.
PATH_BYTES_MAX = 700
# initdb starts programs by a shell, with their paths between double quotes.
SHELL_CHARACTERS = frozenset('"$`\\\n')


def temporary_place(user: int | None) -> Path:
    """Return the folder that TMPDIR names, or the first of the system's where TMPDIR's does not suit.

    `user` is who the server runs as, None for ourselves. Raises EmbeddedError when no folder suits.
    """
    for folder in _temporary_folders():
        if _suits(folder, user):
            return folder
    raise EmbeddedError(
        f"No temporary folder suits the embedded servers ({', '.join(map(str, _temporary_folders()))}): "
        "let TMPDIR name one that every user can enter, on a disk that programs may be run from."
    )


def private_place(name: str) -> Path | None:
    """Return a temporary folder of this user's that is found again by its name; None if it is another's.

    It need not be there yet.
    """
    folder = Path(tempfile.gettempdir()) / f"{name}-{os.geteuid()}"
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return folder
    # The name can be guessed: what somebody else put there is not to be run.
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return folder if is_ours else None


def is_plain(path: Path) -> bool:
    """Tell whether PostgreSQL can take programs and data by this path."""
    return len(os.fsencode(path)) <= PATH_BYTES_MAX and SHELL_CHARACTERS.isdisjoint(str(path))


def everyone_can_enter(folder: Path) -> bool:
    """Tell whether each folder down to this one lets every user pass."""
    real = folder.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (real, *real.parents))


def _temporary_folders() -> Iterator[Path]:
    if named := os.environ.get("TMPDIR"):
        yield Path(named).absolute()
    yield from map(Path, SYSTEM_FOLDERS)


def _suits(folder: Path, user: int | None) -> bool:
    return (
        os.access(folder, os.W_OK | os.X_OK)
        and is_plain(folder)
        # Libraries are unpacked there and run, Kafka's codecs among them.
        and not os.statvfs(folder).f_flag & os.ST_NOEXEC
        and (user is None or everyone_can_enter(folder))
    )
