"""Batches damaged where they lie: on the disk of the embedded broker, which gives them out as they are."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from aiokafka.record.util import calc_crc32c

from tests.installation import Installation

_LENGTH_END: Final = 12
_CRC: Final = 17
_ATTRIBUTES: Final = 21
_PAYLOAD: Final = 61

Damage = Callable[[bytearray], None]


def flip_a_bit(batch: bytearray) -> None:
    """So that the checksum is wrong."""
    batch[-1] ^= 1


def use_an_unknown_codec(batch: bytearray) -> None:
    batch[_ATTRIBUTES + 1] |= 7
    _sign(batch)


def garble(batch: bytearray) -> None:
    """What was to be unpacked; the checksum is right."""
    batch[_PAYLOAD:] = b"\xff" * (len(batch) - _PAYLOAD)
    _sign(batch)


def _sign(batch: bytearray) -> None:
    struct.pack_into(">I", batch, _CRC, calc_crc32c(bytes(batch[_ATTRIBUTES:])))


def damage(
    installation: Installation, topic: str, partition: int, offset: int, how: Damage
) -> Callable[[], None]:
    """Damage the batch with this offset; returns what repairs it."""
    segment = _folder(installation) / f"{topic}-{partition}" / f"{0:020}.log"
    with segment.open("r+b") as file:
        place, batch = _find(file, offset)
        damaged = bytearray(batch)
        how(damaged)
        _write(segment, place, bytes(damaged))
    return lambda: _write(segment, place, batch)


def _find(file: BinaryIO, offset: int) -> tuple[int, bytes]:
    place = 0
    while header := file.read(_LENGTH_END):
        base, length = struct.unpack(">qi", header)
        batch = header + file.read(length)
        [last] = struct.unpack_from(">i", batch, 23)
        if base <= offset <= base + last:
            return place, batch
        place += len(batch)
    raise AssertionError(f"no offset {offset}")


def _write(segment: Path, place: int, content: bytes) -> None:
    with segment.open("r+b") as file:
        file.seek(place)
        file.write(content)


def _folder(installation: Installation) -> Path:
    port = (installation.settings.kafka_bootstrap_servers or "").rpartition(":")[2]
    for process in psutil.process_iter(["cmdline"]):
        if "kafka.Kafka" in (process.info["cmdline"] or []):
            listening = {
                connection.laddr.port for connection in process.net_connections() if connection.laddr
            }
            if int(port) in listening:
                return Path(process.cwd()) / "data"
    pytest.skip("the broker's files are not on this machine")
