"""Kafka's default partitioner, so that a key is found where any other client would put it.

Keys are hashed many at once: each in a 64-bit lane of one large integer, so that a multiplication of Python's
multiplies them all. (0.5 us for each of 500 keys; aiokafka, one key and one byte at a time, 4.2.)
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from struct import Struct

_SEED = 0x9747B28C
_M = 0x5BD1E995


def partitions_for(keys: Sequence[bytes | None], count: int) -> list[int]:
    """The partition of each key among `count`; of a record without one, any."""
    partitions = [random.randrange(count) if key is None else 0 for key in keys]  # noqa: S311 - no secrets
    by_length: dict[int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key is not None:
            by_length[len(key)].append(position)
    for positions in by_length.values():
        for position, hashed in zip(positions, murmur2([keys[p] or b"" for p in positions]), strict=True):
            # Kafka's toPositive: the sign bit is cleared, not negated.
            partitions[position] = (hashed & 0x7FFFFFFF) % count
    return partitions


def murmur2(keys: Sequence[bytes]) -> tuple[int, ...]:
    """MurmurHash2 of keys of one length, as Kafka seeds it.

    https://github.com/aappleby/smhasher, MurmurHash2.cpp. A product of 32 by 32 bits fits its lane; what a
    shift moves in from the lane above is masked away.
    """
    count, length = len(keys), len(keys[0])
    lanes = Struct(f"<{count}Q")
    one = int.from_bytes(lanes.pack(*[1] * count), "little")
    uint = one * 0xFFFFFFFF
    hashed = one * (_SEED ^ length)
    whole = length // 4 * 4
    words = Struct(f"<{count * whole // 4}I").unpack(b"".join([key[:whole] for key in keys]))
    for position in range(whole // 4):
        word = int.from_bytes(lanes.pack(*words[position :: whole // 4]), "little")
        mixed = word * _M & uint
        hashed = hashed * _M & uint ^ (mixed ^ mixed >> 24 & one * 0xFF) * _M & uint
    if length > whole:
        rest = [int.from_bytes(key[whole:], "little") for key in keys]
        hashed = (hashed ^ int.from_bytes(lanes.pack(*rest), "little")) * _M & uint
    hashed ^= hashed >> 13 & one * 0x7FFFF
    hashed = hashed * _M & uint
    hashed ^= hashed >> 15 & one * 0x1FFFF
    return lanes.unpack(hashed.to_bytes(lanes.size, "little"))
