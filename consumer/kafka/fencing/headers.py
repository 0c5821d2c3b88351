"""Records with header names that are not UTF-8: aiokafka cannot read them, and one stops its partition.

The protocol says that names are UTF-8, but brokers do not look, and clients whose names are bytes can
send anything. Such a batch is read a second time, with escapes in place of the bytes that are no text.
"""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

from collections.abc import Iterator
from struct import unpack_from
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record import default_records, memory_records

from consumer.kafka.fencing.unpacking import check_count

_OVERHEAD = 12
"""Bytes of a batch's base offset and length, which the length does not count."""


def tolerate_header_names() -> None:
    """Let every consumer of this process read such records."""
    fetcher.MemoryRecords = _Records  # type: ignore[attr-defined]  # imported there, from where it is used


class _Records:
    """aiokafka's reader of fetched bytes, which remembers where each batch lies."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._records: Any = memory_records.MemoryRecords(fetched)
        self._position = 0

    def has_next(self) -> bool:
        """Tell whether there is a batch; what is no batch from its first byte on counts as one, to fail."""
        # For such bytes aiokafka would say that the record is too large, and skip an offset.
        return bool(self._records.has_next()) or (self._position == 0 and len(self._fetched) > 0)

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())

    def next_batch(self) -> Any:
        begin = self._position
        [length] = unpack_from(">i", self._fetched, begin + 8)
        self._position = begin + _OVERHEAD + length
        batch = self._records.next_batch()
        return batch and _Batch(batch, self._fetched[begin : self._position])


class _Batch:
    def __init__(self, batch: Any, content: bytes) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        check_count(self._content)
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(_TolerantBatch(self._content))


class _TolerantBatch(default_records._DefaultRecordBatchPy):  # type: ignore[misc]  # final by its type only
    """The batch in Python, every slice of which can be read as text."""

    @property
    def _buffer(self) -> Any:
        return self._tolerant

    @_buffer.setter
    def _buffer(self, content: Any) -> None:
        self._tolerant = _Tolerant(content)


class _Tolerant(bytearray):
    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Tolerant(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
