"""What aiokafka unpacks is the same as ever, up to the bounds."""

import gzip
import struct
from collections.abc import Callable
from typing import Any

import cramjam
import pytest
from aiokafka import codec
from aiokafka.record import _crecords, default_records, legacy_records
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

import consumer.kafka.fencing  # noqa: F401 - puts the bounds in place
from consumer.kafka.fencing import unpacking
from consumer.kafka.fencing.unpacking import RECORDS_MAX, UNPACKED_BYTES_MAX, BatchTooLargeError

CODECS: dict[str, tuple[int, Callable[[bytes], bytes], Callable[[Any], bytes]]] = {
    "gzip": (1, codec.gzip_encode, unpacking.unpack_gzip),
    "snappy": (2, codec.snappy_encode, unpacking.unpack_snappy),
    "snappy, raw": (2, lambda text: codec.snappy_encode(text, False), unpacking.unpack_snappy),  # noqa: FBT003
    "lz4": (3, codec.lz4_encode, unpacking.unpack_lz4),
    "zstd": (4, codec.zstd_encode, unpacking.unpack_zstd),
}
each_codec = pytest.mark.parametrize(("number", "pack", "unpack"), CODECS.values(), ids=CODECS)
Pack = Callable[[bytes], bytes]
Unpack = Callable[[Any], bytes]


@each_codec
@pytest.mark.parametrize("size", [1, 70_000, UNPACKED_BYTES_MAX])
def test_what_fits_is_unpacked_whole(number: int, pack: Pack, unpack: Unpack, size: int) -> None:  # noqa: ARG001
    text = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert unpack(memoryview(pack(text)).tobytes()) == text


@each_codec
def test_what_does_not_fit_is_refused(number: int, pack: Pack, unpack: Unpack) -> None:  # noqa: ARG001
    with pytest.raises(BatchTooLargeError, match="it unpacks to more than 32 MiB"):
        unpack(pack(bytes(UNPACKED_BYTES_MAX + 1)))


@pytest.mark.parametrize("name", ["gzip", "lz4", "zstd"])
def test_frames_in_a_row_count_together(name: str) -> None:
    """A gigabyte and more, of which no more than the bound is unpacked."""
    _, pack, unpack = CODECS[name]
    frame = pack(bytes(UNPACKED_BYTES_MAX))

    assert unpack(pack(b"one ") + pack(b"two")) == b"one two"
    with pytest.raises(BatchTooLargeError):
        unpack(frame * 40)


@each_codec
def test_what_is_damaged_is_not_taken_for_too_large(number: int, pack: Pack, unpack: Unpack) -> None:  # noqa: ARG001
    with pytest.raises(Exception, match=r".") as raised:
        unpack(pack(bytes(range(256)) * 40)[:-20])

    assert not isinstance(raised.value, BatchTooLargeError)


def test_a_snappy_block_that_claims_four_gigabytes_is_refused_at_once() -> None:
    with pytest.raises((BatchTooLargeError, cramjam.DecompressionError)):
        unpacking.unpack_snappy(b"\xff\xff\xff\xff\x0f" + b"x" * 100)


@each_codec
def test_aiokafkas_readers_are_bound(number: int, pack: Pack, unpack: Unpack) -> None:  # noqa: ARG001
    large = DefaultRecordBatchBuilder(2, number, 0, 0, 0, 0, 1 << 30)
    large.append(0, 0, None, bytes(UNPACKED_BYTES_MAX), [])
    content = bytes(large.build())

    for reader in (DefaultRecordBatch, default_records._DefaultRecordBatchPy):  # noqa: SLF001
        with pytest.raises(BatchTooLargeError):
            list(reader(content))


def test_no_reader_of_aiokafka_is_forgotten() -> None:
    for module in (default_records, legacy_records, _crecords.default_records, _crecords.legacy_records):
        unpackers = [value for name, value in vars(module).items() if name.endswith("_decode")]
        assert len(unpackers) >= 3
        assert {value.__module__ for value in unpackers} == {unpacking.__name__}


def test_a_batch_of_too_many_records_is_refused_before_it_is_unpacked() -> None:
    batch = bytearray(gzip.compress(b"") * 10)
    batch[16] = 2
    struct.pack_into(">i", batch, 57, RECORDS_MAX)
    unpacking.check_count(bytes(batch))
    struct.pack_into(">i", batch, 57, RECORDS_MAX + 1)

    with pytest.raises(BatchTooLargeError, match="it holds 100,001 records, more than 100,000"):
        unpacking.check_count(bytes(batch))
