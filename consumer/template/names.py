"""What the names in a template stand for: a variable from outside, a part of one, or what is worked out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from jinja2 import nodes

from consumer.template.chains import static_key
from consumer.template.usage_kinds import PASSING

Key = str | int
Path = tuple[Key, ...]
"""Keys from the root on: ("context", "order", "lines", 0, "sku"). 0 is any item, ANY_KEY any member."""

ANY_KEY: Final = "*"


class Names:
    def __init__(self) -> None:
        self._scope: dict[str, Path | None] = {"loop": None, "range": None}
        """Of names set in the template; None for what is worked out."""

    def path(self, node: nodes.Node | None) -> Path | None:
        """Where the value comes from; None for what is worked out."""
        match node:
            case nodes.Name(name=name):
                return self._scope.get(name, (name,))
            case nodes.Getattr() | nodes.Getitem():
                owner, key = self.path(node.node), static_key(node)
                return None if owner is None or key is None else (*owner, 0 if isinstance(key, int) else key)
            case nodes.Filter(name="first" | "last", node=inner):
                owner = self.path(inner)
                return None if owner is None else (*owner, 0)
            case nodes.Filter(name=name, node=inner) if name in PASSING:
                return self.path(inner)
            case nodes.Call(
                node=nodes.Getattr(node=inner, attr="get"), args=[nodes.Const(value=str(key)), *_]
            ):
                owner = self.path(inner)
                return None if owner is None else (*owner, key)
        return None

    @contextmanager
    def inner(self) -> Iterator[None]:
        """What is bound in a loop is forgotten after it."""
        before = dict(self._scope)
        yield
        self._scope = before

    def bind(self, target: nodes.Node, value: nodes.Node) -> None:
        """`{% set target = value %}`."""
        self._scope |= dict.fromkeys((name.name for name in _names(target)), None)
        if isinstance(target, nodes.Name):
            self._scope[target.name] = self.path(value)

    def bind_item(self, target: nodes.Node, iterated: nodes.Node) -> None:
        path = self.path(iterated)
        match target, iterated:
            case nodes.Name(name=name), _:
                self._scope[name] = None if path is None else (*path, 0)
            case nodes.Tuple(items=[nodes.Name(name=key), nodes.Name(name=value)]), _:
                owner = _mapping(iterated)
                of_object = self.path(owner) if owner else None
                self._scope[key] = None
                self._scope[value] = None if of_object is None else (*of_object, ANY_KEY)
            case _:
                self._scope |= dict.fromkeys((name.name for name in _names(target)), None)


def _names(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)


def _mapping(iterated: nodes.Node) -> nodes.Expr | None:
    """The object whose members are gone through: `x` of `x.items()`, `x | items` and `x | dictsort`."""
    match iterated:
        case nodes.Call(node=nodes.Getattr(node=owner, attr="items")):
            return owner
        case nodes.Filter(name="items" | "dictsort", node=owner):
            return owner
    return None
