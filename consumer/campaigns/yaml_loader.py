"""YAML as Clarion reads it: bounded in size, in depth, and in what its aliases come to."""

import re
from collections.abc import Hashable
from typing import Any, ClassVar, Final, NamedTuple

import yaml

from schemas.json import DEPTH_MAX
from schemas.numbers import LossyNumber, is_lossy

FILE_BYTES_MAX: Final = 5_000_000
NODES_MAX: Final = 20_000
"""Keys, values, lists and objects, with every alias written out."""

_MERGE: Final = "tag:yaml.org,2002:merge"


def load(text: str) -> tuple[object, yaml.Node | None]:
    """What the text holds, and the node that it was made of. Raises yaml.YAMLError, RecursionError."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, None
        _measure(root, {})
        return loader.construct_document(root), root
    finally:
        loader.dispose()


class _Extent(NamedTuple):
    nodes: int
    characters: int
    depth: int


def _measure(node: yaml.Node, measured: dict[int, _Extent | None]) -> _Extent:
    """What a node comes to with its aliases written out: eight lines of aliases can come to gigabytes.

    Each node is looked at once. Raises ComposerError for one that comes to too much, or holds itself.
    """
    if id(node) in measured:
        known = measured[id(node)]
        if known is None:
            raise _fault("it holds itself", node)
        return known
    measured[id(node)] = None
    parts = [_measure(part, measured) for part in _parts(node)]
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    extent = _Extent(
        1 + sum(part.nodes for part in parts),
        len(text) + sum(part.characters for part in parts),
        max((part.depth for part in parts), default=0) + (not isinstance(node, yaml.ScalarNode)),
    )
    _check(extent, node)
    measured[id(node)] = extent
    return extent


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _check(extent: _Extent, node: yaml.Node) -> None:
    if extent.depth > DEPTH_MAX:
        raise _fault(f"it is nested deeper than {DEPTH_MAX}", node)
    if extent.nodes > NODES_MAX:
        raise _fault(f"with its aliases written out, it has more than {NODES_MAX:,} keys and values", node)
    if extent.characters > FILE_BYTES_MAX:
        raise _fault(f"with its aliases written out, it has more than {FILE_BYTES_MAX:,} characters", node)


def _fault(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(None, None, problem, node.start_mark)


class _Loader(yaml.SafeLoader):
    """YAML whose plain values are JSON's, and strings otherwise.

    PyYAML follows YAML 1.1, where the locale `no` is false, 12:30 is 750 and 0142 is 98.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way
    # No dates, sets and bytes, which JSON does not have. (None stands for any other tag, and refuses it.)
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in {"str", "bool", "null", "seq", "map"}
    }
    _nodes = _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """As PyYAML does, within bounds: it reads on only as far as it composes."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._nodes += 1
        self._depth += 1
        if self._nodes > NODES_MAX:
            problem = f"it has more than {NODES_MAX:,} keys and values"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        if self._depth > DEPTH_MAX + 1:
            problem = f"it is nested deeper than {DEPTH_MAX}"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """As PyYAML does, but a key given twice is refused: the first would be lost in silence."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE):
            if (key.tag, key.value) in seen:
                problem = f"the key '{key.value}' is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> float:
        """JSON's numbers, as long as they keep their digits."""
        text = str(self.construct_scalar(node))
        if not re.fullmatch(_DECIMAL, text):
            raise _unusable(node, "a number is written as in JSON")
        if is_lossy(text):
            raise _unusable(node, f"it is {LossyNumber(text).kind}; write it in quotes")
        return int(text) if re.fullmatch(_WHOLE, text) else float(text)


def _unusable(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_WHOLE: Final = r"-?(?:0|[1-9][0-9]*)"
_DECIMAL: Final = rf"{_WHOLE}(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_PLAIN: Final = [
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", _WHOLE, "-0123456789"),
    ("float", _DECIMAL, "-0123456789"),
    ("merge", r"<<", "<"),
]


def resolve_as_json(kind: type[yaml.SafeLoader | yaml.SafeDumper]) -> None:
    """Have it take plain values for what they are here; a dumper then quotes the texts that look like one."""
    for tag, pattern, first in _PLAIN:
        kind.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


resolve_as_json(_Loader)
for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_number)
