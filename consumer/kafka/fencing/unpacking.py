"""Compressed batches unpack to bounded sizes: 100 kB of zstd can hold gigabytes.

Brokers bound what a batch takes on disk and on the wire, not what it unpacks to, and aiokafka unpacks all of
it at once. A batch beyond the bounds counts as one that cannot be read, before its memory is taken.
"""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401
# mypy: allow-untyped-calls

import threading
import zlib
from mmap import mmap
from struct import unpack_from
from typing import Any, Final

from aiokafka import codec
from aiokafka.errors import KafkaError
from aiokafka.record import default_records, legacy_records

try:
    import cramjam
except ImportError:
    # A start without it is refused in a sentence: config/compression.py.
    cramjam = None  # type: ignore[assignment]

UNPACKED_BYTES_MAX: Final = 32 * 1024 * 1024
"""Thirty times the largest batch that a trigger topic takes; triggers shrink to a tenth at the best."""
RECORDS_MAX: Final = 100_000
"""In a batch: a record takes 7 bytes there and several hundred in Python."""

_MAGIC_AT: Final = 16
_COUNT_AT: Final = 57
_WITH_COUNT: Final = 2
_GZIP: Final = 16 + zlib.MAX_WBITS
_XERIAL_HEADER_BYTES: Final = 16


class BatchTooLargeError(KafkaError):
    """A batch unpacks to more than this process is ready to hold."""

    def __str__(self) -> str:
        return str(self.args[0])


def bound_unpacking() -> None:
    """Let every consumer of this process do so, by aiokafka's readers in C and in Python alike."""
    bounded = {
        "gzip_decode": unpack_gzip,
        "snappy_decode": unpack_snappy,
        "lz4_decode": unpack_lz4,
        "zstd_decode": unpack_zstd,
    }
    for module in _readers():
        for name in bounded.keys() & vars(module).keys():
            setattr(module, name, bounded[name])


def _readers() -> list[Any]:
    readers: list[Any] = [default_records, legacy_records]
    try:
        from aiokafka.record import _crecords  # noqa: PLC0415 - built without a compiler, there is none
    except ImportError:
        return readers
    return [*readers, _crecords.default_records, _crecords.legacy_records]


def check_count(batch: bytes) -> None:
    """Raises BatchTooLargeError for a batch, as it was fetched, of too many records."""
    if len(batch) > _COUNT_AT and batch[_MAGIC_AT] == _WITH_COUNT:
        [count] = unpack_from(">i", batch, _COUNT_AT)
        if count > RECORDS_MAX:
            raise BatchTooLargeError(f"it holds {count:,} records, more than {RECORDS_MAX:,}")


class _Room(threading.local):
    """Where to unpack: only the pages that batches have reached take memory."""

    def __init__(self) -> None:
        self.bytes = mmap(-1, UNPACKED_BYTES_MAX)


_room = _Room()


def unpack_zstd(packed: Any) -> bytes:
    return _unpack_into_room(cramjam.zstd, packed)


def unpack_lz4(packed: Any) -> bytes:
    return _unpack_into_room(cramjam.lz4, packed)


def _unpack_into_room(library: Any, packed: Any) -> bytes:
    try:
        size = library.decompress_into(packed, _room.bytes)
    except cramjam.DecompressionError as error:
        if "whole buffer" in str(error):
            raise _too_large() from None
        raise
    return _room.bytes[:size]


def unpack_gzip(packed: Any) -> bytes:
    """All members, as gzip files may have several."""
    unpacked, rest = b"", bytes(packed)
    while rest:
        member = zlib.decompressobj(_GZIP)
        unpacked += member.decompress(rest, UNPACKED_BYTES_MAX + 1 - len(unpacked))
        if len(unpacked) > UNPACKED_BYTES_MAX:
            raise _too_large()
        if not member.eof:
            raise EOFError("Compressed file ended before the end-of-stream marker was reached")
        rest = member.unused_data.lstrip(b"\0")
    return unpacked


def unpack_snappy(packed: Any) -> bytes:
    """Snappy says beforehand how large a block is, of which Java's format has many."""
    blocks = _xerial_blocks(packed) if codec._detect_xerial_stream(packed) else [packed]  # noqa: SLF001
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > UNPACKED_BYTES_MAX:
        raise _too_large()
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _xerial_blocks(packed: Any) -> list[bytes]:
    blocks, position = [], _XERIAL_HEADER_BYTES
    while position < len(packed):
        [length] = unpack_from("!i", packed, position)
        if length < 0:
            raise cramjam.DecompressionError("a snappy block of negative length")
        position += 4
        blocks.append(bytes(packed[position : position + length]))
        position += length
    return blocks


def _too_large() -> BatchTooLargeError:
    return BatchTooLargeError(f"it unpacks to more than {UNPACKED_BYTES_MAX // 1024 // 1024} MiB")
