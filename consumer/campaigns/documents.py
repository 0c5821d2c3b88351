"""One YAML document from a file, with the lines of what is in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from consumer.campaigns.yaml_loader import FILE_BYTES_MAX, load


class Mistake(NamedTuple):
    """What is wrong in a file, and where."""

    file: Path
    problem: str
    line: int | None = None
    column: int | None = None
    path: str = ""
    """The key's: `channels.email.content.en`."""
    code: str = "unreadable_file"
    """Of the review's table."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.path}: {self.problem}" if self.path else f"{place}: {self.problem}"


class UnreadableFileError(Exception):
    """The file cannot be used: a line for each mistake. `is_unopened`: it is missing, or may not be read."""

    def __init__(self, *mistakes: Mistake, is_unopened: bool = False) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes
        self.is_unopened = is_unopened


Step = str | int


class Document:
    """What is in a file, and at which lines."""

    def __init__(self, value: object, root: yaml.Node | None) -> None:
        self.value = value
        self._root = root

    def line(self, steps: Sequence[Step]) -> int | None:
        """The line of a key, or of the last one on the way that there is."""
        found = self._find(steps)
        return found[0].start_mark.line + 1 if found else None

    def text_line(self, steps: Sequence[Step], line: int) -> int | None:
        """Where the nth line of a text is, as far as the file keeps its lines."""
        found = self._find(steps)
        if not found:
            return None
        value = found[1]
        is_literal = isinstance(value, yaml.ScalarNode) and value.style == "|"
        return value.start_mark.line + 1 + (line if is_literal else 0)

    def _find(self, steps: Sequence[Step]) -> tuple[yaml.Node, yaml.Node] | None:
        """The key and the value."""
        if self._root is None:
            return None
        key = value = self._root
        for step in steps:
            following = _member(value, step)
            if following is None:
                break
            key, value = following
        return key, value


def _member(node: yaml.Node, step: Step) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def read_document(path: Path) -> Document:
    """Raises UnreadableFileError."""
    return parse_document(_read(path), path)


def parse_document(content: bytes, path: Path) -> Document:
    """What is in a file that was read, or sent; mistakes name it by the path. Raises UnreadableFileError."""
    try:
        return Document(*load(content.decode()))
    except UnicodeDecodeError:
        raise UnreadableFileError(Mistake(path, "it is not UTF-8 text")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        problem = str(error.problem or error.context)
        raise UnreadableFileError(Mistake(path, problem, line, column)) from None
    except yaml.YAMLError as error:
        raise UnreadableFileError(Mistake(path, str(error))) from None
    except RecursionError:
        raise UnreadableFileError(Mistake(path, "it is nested too deeply")) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UnreadableFileError(Mistake(path, str(error.strerror)), is_unopened=True) from None
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableFileError(Mistake(path, f"it has more than {FILE_BYTES_MAX:,} bytes"))
    return content
