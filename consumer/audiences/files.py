"""Audience files: YAML with each mistake's line, and lists of members with one `namespace:id` a line."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from consumer.campaigns.documents import Mistake, UnreadableFileError, read_document
from consumer.store.profiles import Identity
from schemas.audience import AudienceFile, AudienceMistakesError, read_audience
from schemas.trigger_wire import NAME_PATTERN, TEXT_CHARACTERS_MAX

MISTAKES_MAX: Final = 50
LINE_BYTES_MAX: Final = 2_000
"""A namespace of 64 characters, a colon and an id of 255, of at most four bytes each."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_audience_file(path: Path) -> AudienceFile:
    """Raises UnreadableFileError, with a line for each mistake."""
    document = read_document(path)
    try:
        return read_audience(document.value)
    except AudienceMistakesError as error:
        mistakes = [
            Mistake(path, mistake.problem, document.line(mistake.place) or 1, path=mistake.path or "the file")
            for mistake in error.mistakes[:MISTAKES_MAX]
        ]
        if (more := len(error.mistakes) - MISTAKES_MAX) > 0:
            mistakes.append(Mistake(path, f"and {more:,} more mistakes"))
        raise UnreadableFileError(*mistakes) from None


def _ignore(_bytes: int) -> None:
    """For those who show no progress."""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list of members on the disk, all of its lines checked."""

    path: Path
    digest: bytes
    read: Callable[[int], None] = _ignore
    """Called with the bytes that were read since the last call."""

    def batches(self, size: int) -> Iterable[Sequence[Identity]]:
        """Raises UnreadableFileError when the file has changed since it was checked."""
        with self.path.open("rb") as stream:
            digest = sha256()
            identities = (identity for _, identity in _identities(self._noted(stream, digest)))
            while batch := list(islice(identities, size)):
                # A line without an identity was refused when the list was checked.
                yield [identity for identity in batch if not isinstance(identity, str)]
        if digest.digest() != self.digest:
            raise UnreadableFileError(Mistake(self.path, "it has changed while it was read"))

    def _noted(self, stream: BinaryIO, digest: object) -> Iterator[bytes]:
        for line in _lines(stream):
            digest.update(line)  # type: ignore[attr-defined]  # hashlib's classes have no public name
            self.read(len(line))
            yield line


def check_list(path: Path, read: Callable[[int], None] = _ignore) -> ListFile:
    """Read the whole list once, before anything is written. Raises UnreadableFileError."""
    digest = sha256()

    def noted(stream: BinaryIO) -> Iterator[bytes]:
        for line in _lines(stream):
            digest.update(line)
            read(len(line))
            yield line

    try:
        with path.open("rb") as stream:
            problems = (
                Mistake(path, found, number)
                for number, found in _identities(noted(stream))
                if isinstance(found, str)
            )
            first, more = list(islice(problems, MISTAKES_MAX)), sum(1 for _ in problems)
    except OSError as error:
        raise UnreadableFileError(Mistake(path, str(error.strerror)), is_unopened=True) from None
    if first:
        rest = [Mistake(path, f"and {more:,} more lines that cannot be read")] if more else []
        raise UnreadableFileError(*first, *rest)
    return ListFile(path, digest.digest(), read)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LINE_BYTES_MAX):
        yield line


def _identities(lines: Iterable[bytes]) -> Iterator[tuple[int, Identity | str]]:
    """By line number: the identity, or what is wrong with the line."""
    for number, raw in enumerate(lines, 1):
        if raw.strip():
            yield number, _identity(raw)


def _identity(raw: bytes) -> Identity | str:
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    namespace, colon, id_ = text.partition(":")
    if not colon or not re.fullmatch(NAME_PATTERN, namespace):
        return "write namespace:id, such as email:alice@example.com"
    if not 1 <= len(id_) <= TEXT_CHARACTERS_MAX or _CONTROLS.search(id_):
        return f"an id has 1 to {TEXT_CHARACTERS_MAX} characters, none of them a control character"
    return namespace.lower(), id_
