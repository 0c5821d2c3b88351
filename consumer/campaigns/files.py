"""Reading what people write: YAML checked against its schema, every mistake told with its place."""

import re
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import ValidationError

from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile

T = TypeVar("T")

_MERGE: Final = "tag:yaml.org,2002:merge"


class UnreadableFileError(Exception):
    """The file cannot be used: a line for each mistake. `is_unopened`: it is missing, or may not be read."""

    def __init__(self, *lines: str, is_unopened: bool = False) -> None:
        super().__init__("\n".join(lines))
        self.is_unopened = is_unopened


def read_campaign(path: Path) -> CampaignFile:
    """Raises UnreadableFileError."""
    return _validated(path, CampaignFile.model_validate)


def read_channels(path: Path) -> dict[str, ChannelConfiguration]:
    """Raises UnreadableFileError."""
    return _validated(path, ChannelsFile.validate_python)


def _validated(path: Path, validate: Callable[[object], T]) -> T:
    document = _read_yaml(path)
    if not isinstance(document, dict):
        raise UnreadableFileError(f"{path}: it must hold fields with their values, as `id: summer-sale`")
    try:
        return validate(document)
    except ValidationError as error:
        raise UnreadableFileError(*(f"{path}: {line}" for line in violations(error))) from None
    except TypeError as error:
        # JSON's numbers end at 64 bits, which the schemas meet only when they write the document.
        raise UnreadableFileError(f"{path}: it cannot be stored as JSON: {error}") from None


def violations(error: ValidationError) -> Iterator[str]:
    """`channels.email.content.en.subject: Field required`, one for each violation."""
    for violation in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(str(step) for step in violation["loc"] if step != "[key]")
        sentence = violation["msg"].removeprefix("Value error, ")
        yield f"{path}: {sentence}" if path else sentence


def _read_yaml(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with fewer types
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror}", is_unopened=True) from None
    except UnicodeDecodeError:
        raise UnreadableFileError(f"{path}: it is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise UnreadableFileError(f"{place}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UnreadableFileError(f"{path}: {error}") from None
    except RecursionError:
        raise UnreadableFileError(f"{path}: it is nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """YAML whose plain values are JSON's, and strings otherwise.

    PyYAML follows YAML 1.1, where the locale `no` is false, 12:30 is 750 and 0142 is 98.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """As PyYAML does, but a key given twice is refused: the first would be lost in silence."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE):
            if (key.tag, key.value) in seen:
                problem = f"the key '{key.value}' is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)"
_PLAIN: Final = [
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", _NUMBER, "-0123456789"),
    ("float", rf"{_NUMBER}(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
    ("merge", r"<<", "<"),
]
for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
