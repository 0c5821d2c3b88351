"""The lines of a profile import: read one by one, bounded, each valid or with its problem."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pydantic import ValidationError

from schemas.detail import enumerated
from schemas.json import InvalidJsonError, MalformedJsonError, read_json
from schemas.profile import ProfileLine

LINE_BYTES_MAX: Final = 1_000_000
BATCH_LINES: Final = 500
BATCH_BYTES: Final = 4_000_000
"""Read, they can be ten times as much."""
# An escaped U+0000 (and not an escaped backslash before "u0000"): PostgreSQL's jsonb cannot hold it.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    profile: ProfileLine
    size: int = 0
    """In bytes, if it was read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is not imported; it never quotes the line, which is personal data."""

    number: int
    sentence: str


def batches(lines: Iterator[Line | Problem]) -> Iterator[list[Line | Problem]]:
    """The lines, as many at a time as are imported in one transaction and fit in little memory."""
    batch: list[Line | Problem] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += line.size if isinstance(line, Line) else 0
        if len(batch) == BATCH_LINES or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read_lines(stream: BinaryIO) -> Iterator[Line | Problem]:
    """Each line that is not blank."""
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(raw) > LINE_BYTES_MAX:
            _skip_rest(stream, raw)
            yield Problem(number, f"it is longer than {LINE_BYTES_MAX:,} bytes")
        elif raw.strip():
            yield _read(number, raw)


def _skip_rest(stream: BinaryIO, raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(LINE_BYTES_MAX)


def _read(number: int, raw: bytes) -> Line | Problem:
    if _NUL.search(raw):
        return Problem(number, "it holds the character U+0000, which cannot be stored")
    try:
        return Line(number, ProfileLine.model_validate(read_json(raw)), len(raw))
    except MalformedJsonError as error:
        return Problem(number, f"it is not JSON: {error}")
    except InvalidJsonError as error:
        return Problem(number, str(error))
    except ValidationError as error:
        return Problem(number, enumerated(_violations(error), "; "))


def _violations(error: ValidationError) -> Iterator[str]:
    for violation in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(str(step) for step in violation["loc"])
        sentence = violation["msg"].removeprefix("Value error, ")
        yield f"{path}: {sentence}" if path else sentence
