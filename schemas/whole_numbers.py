"""Whole numbers as texts, in record headers and keys: one reading for all that Clarion writes there."""

import re
from typing import Final

INT32_MAX: Final = 2**31 - 1
"""Partitions, attempts and versions, on Kafka's wire as in the tables."""
INT64_MAX: Final = 2**63 - 1
"""Offsets and timestamps."""
INT64_MIN: Final = -(2**63)

_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")


def whole_number(text: str, least: int, most: int) -> int:
    """The number, written in plain digits. Raises ValueError for any other text, and beyond the bounds."""
    if not _WHOLE.fullmatch(text) or not least <= (number := int(text)) <= most:
        raise ValueError(f"not a whole number from {least} to {most}")
    return number


def partition_and_offset(text: str) -> tuple[int, int]:
    """A place on a topic, written `partition:offset`. Raises ValueError."""
    partition, _, offset = text.partition(":")
    return whole_number(partition, 0, INT32_MAX), whole_number(offset, 0, INT64_MAX)
