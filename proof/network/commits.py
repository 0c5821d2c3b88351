"""Tells a commit from the bytes on their way to a server."""

import struct
from collections.abc import Callable

Watch = Callable[[bytes], bool]
"""Is fed the bytes of one connection in their order; says whether a commit is among them."""

END_TXN = 26
"""Kafka's number for the request that commits or aborts a transaction."""
_SIZE = struct.Struct(">i")
_KEY = struct.Struct(">h")


def kafka_commits() -> Watch:
    """Each request is its length, then the number of its kind; they may arrive in any pieces."""
    buffer, skip = bytearray(), 0

    def watch(chunk: bytes) -> bool:
        nonlocal skip
        buffer.extend(chunk)
        found = False
        while True:
            dropped = min(skip, len(buffer))
            del buffer[:dropped]
            skip -= dropped
            if skip or len(buffer) < _SIZE.size + _KEY.size:
                return found
            found |= _KEY.unpack_from(buffer, _SIZE.size)[0] == END_TXN
            skip = _SIZE.size + _SIZE.unpack_from(buffer)[0]

    return watch


def postgres_commits() -> Watch:
    """It is a simple query, which asyncpg sends in one piece."""
    return lambda chunk: b"COMMIT;" in chunk
