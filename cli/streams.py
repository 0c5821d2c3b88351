"""The process's own streams as they are: closed, full, or in an encoding that cannot hold every letter."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_INPUT, _OUTPUT, _ERRORS = range(3)


class UnwritableError(Exception):
    """What was to be printed cannot be; the sentence says why."""


class UnreadableInputError(Exception):
    """What was to be read from the standard input cannot be; the sentence says why."""


def set_up_streams() -> None:
    """Make reading or writing fail in a sentence, or, for stderr, not at all."""
    for number, flags in ((_INPUT, os.O_WRONLY), (_OUTPUT, os.O_RDONLY), (_ERRORS, os.O_WRONLY)):
        _fill(number, flags)
    encoding = sys.stdin.encoding if sys.stdin else "utf-8"
    sys.stdin = io.TextIOWrapper(io.BufferedReader(_Input(_INPUT, closefd=False)), encoding=encoding)
    sys.stdout = _text(_Output(_OUTPUT, "wb", closefd=False), sys.stdout)
    sys.stderr = _text(_Errors(_ERRORS, "wb", closefd=False), sys.stderr)


def abandon_output() -> None:
    """Forget what could not be written, so that Python does not try again as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _OUTPUT)
    os.close(nowhere)


class _Input(io.FileIO):
    def readinto(self, buffer: object) -> int | None:
        with _read():
            return super().readinto(buffer)  # type: ignore[arg-type]  # any writable buffer

    def readall(self) -> bytes:
        with _read():
            return super().readall()


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableInputError(f"The standard input cannot be read: {error.strerror}.") from None


class _Output(io.FileIO):
    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]  # bytes, or a view of them
        except BrokenPipeError:
            # Whoever read it has seen enough: typer ends the command.
            raise
        except OSError as error:
            raise UnwritableError(f"The output cannot be written: {error.strerror}.") from None


class _Errors(io.FileIO):
    """A process must not end because its log cannot be written."""

    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]  # bytes, or a view of them
        except OSError:
            return len(memoryview(data))  # type: ignore[arg-type]


def _fill(number: int, flags: int) -> None:
    """Take the place of a stream that was closed, before a file or a connection of ours gets its number.

    Output goes to what cannot be written to, and input comes from what cannot be read: so neither's lack
    goes unnoticed.
    """
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, flags)


def _text(raw: io.FileIO, former: TextIO | None) -> TextIO:
    """What the encoding cannot hold is written as an escape: better than nothing of a whole list."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=former.encoding if former else "utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
