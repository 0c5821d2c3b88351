"""A template's own text with a mark for each value: what can be said of it before anything is rendered.

All branches stand one after the other, and a loop's body once.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

MARK: Final = "\ue000"
"""Stands for a value. It is in Unicode's private area; one in the template itself is taken out."""
_LONGEST: Final = 10_000
"""Of a text that is put together: twenty lines of `{% set a = a ~ a %}` would come to megabytes."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    text: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]
    """From each start on, the template's line; its own line breaks count from there."""
    values: tuple[tuple[int, nodes.Expr], ...]
    """Where in the text each printed value begins."""

    def line(self, position: int) -> int:
        """The template's line at a position of the text."""
        piece = bisect_right(self.starts, position) - 1
        return self.lines[piece] + self.text.count("\n", self.starts[piece], position) if piece >= 0 else 1


def skeleton_of(tree: nodes.Template) -> Skeleton:
    """The tree is as Jinja parses it, not rewritten."""
    texts: list[str] = []
    starts: list[int] = []
    lines: list[int] = []
    values: list[tuple[int, nodes.Expr]] = []
    position = 0
    names: dict[str, str] = {}
    for line, text, value in _pieces(tree, names):
        starts.append(position)
        lines.append(line)
        if value is not None:
            values.append((position, value))
        texts.append(text)
        position += len(text)
    return Skeleton("".join(texts), tuple(starts), tuple(lines), tuple(values))


Piece = tuple[int, str, nodes.Expr | None]


def _pieces(node: nodes.Node, names: dict[str, str]) -> Iterator[Piece]:
    for child in node.iter_child_nodes():
        match child:
            case nodes.TemplateData(data=data):
                yield child.lineno, data.replace(MARK, ""), None
            case nodes.Expr() if isinstance(node, nodes.Output):
                yield child.lineno, _literal(child, names), child
            case nodes.Expr():
                continue
            case nodes.Assign(target=nodes.Name(name=name), node=value):
                names[name] = _literal(value, names)
            case _:
                yield from _pieces(child, names)


def _literal(node: nodes.Node, names: dict[str, str]) -> str:
    """What is known of a value's text: `'https://' ~ context.host` is `https://` and a mark."""
    text = MARK
    match node:
        case nodes.Const(value=str(constant)):
            text = constant.replace(MARK, "")
        case nodes.Name(name=name):
            text = names.get(name, MARK)
        case nodes.Concat(nodes=parts):
            text = "".join(_literal(part, names) for part in parts)
        case nodes.Add(left=left, right=right):
            text = _literal(left, names) + _literal(right, names)
        case nodes.Filter(name="format", node=nodes.Const(value=str(form))):
            text = re.sub(r"%[-+ 0]?\d{0,2}(?:\.\d{0,2})?[sdf]", MARK, form)
    return text if len(text) <= _LONGEST else MARK
