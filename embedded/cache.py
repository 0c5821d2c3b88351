"""Where what is fetched once per user and machine is kept."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.places import private_place


def cached(name: Path) -> Path | None:
    """Return the folder of this name that some cache holds, also one that cannot be written to."""
    return next((cache / name for cache in _caches() if (cache / name).is_dir()), None)


def writable_cache() -> Path:
    """Return the user's cache, or a private temporary one where that cannot be written to.

    A home can be read-only, missing, or unknown. Raises EmbeddedError when there is none.
    """
    for cache in _caches():
        with suppress(OSError):
            cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Looked at again, as another user can have made the temporary one first.
            if cache in _caches() and os.access(cache, os.W_OK | os.X_OK):
                return cache
    raise EmbeddedError("No folder for Kafka's jars can be written to: let XDG_CACHE_HOME name one.")


def _caches() -> Iterator[Path]:
    if named := os.environ.get("XDG_CACHE_HOME"):
        yield Path(named).absolute() / "clarion"
    else:
        # Without HOME and without an entry in the list of users, nobody knows one.
        with suppress(RuntimeError):
            yield Path.home() / ".cache" / "clarion"
    if private := private_place("clarion-cache"):
        yield private
