"""What of a template failed: the filter or operator, and the variables that it was given."""

from collections.abc import Callable, Mapping
from traceback import walk_tb
from types import CodeType
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from consumer.template.chains import spell
from consumer.template.conditions import TESTS
from consumer.template.filters import HTML_FILTERS, METHODS
from consumer.template.lists import FILTERS
from consumer.template.operators import OPERATORS, bounded

_NAMED_MAX: Final = 3
_SYNTAX: Final = Environment(autoescape=True)
_CALL: Final[CodeType] = bounded(lambda *_: None).__code__
_NAMES: Final[Mapping[Callable[..., object], str]] = {
    function.__wrapped__: name
    for table in (TESTS, METHODS, OPERATORS, FILTERS, HTML_FILTERS)
    for name, function in table.items()
    if hasattr(function, "__wrapped__")
}
_OPERATORS: Final[Mapping[str, type[nodes.BinExpr]]] = {
    "+": nodes.Add, "-": nodes.Sub, "*": nodes.Mul, "/": nodes.Div, "//": nodes.FloorDiv,
    "%": nodes.Mod, "**": nodes.Pow,
}  # fmt: skip

_WORDS: Final = {
    "slice": "cut with [:]", "lessthan": "comparison <", "greaterthan": "comparison >",
    "<=": "comparison <=", ">=": "comparison >=", "each": "loop", "item": "key in brackets",
}  # fmt: skip


def blamed(source: str, line: int, error: Exception) -> str:
    """` (filter round, variable context.price)`, as far as it is known. No variable's value is in it."""
    name = _failed(error)
    found = _variables(source, line, name)
    kind = "operator" if name in _OPERATORS else "filter"
    what = [_WORDS.get(name, f"{kind} {name}")] if name else []
    if found:
        more = ", ..." if len(found) > _NAMED_MAX else ""
        what.append(f"variable {', '.join(found[:_NAMED_MAX])}{more}")
    return f" ({', '.join(what)})" if what else ""


def _failed(error: Exception) -> str | None:
    """The function of the language that was at work: the innermost one."""
    functions = [
        frame.f_locals.get("function") for frame, _ in walk_tb(error.__traceback__) if frame.f_code is _CALL
    ]
    name = _NAMES.get(functions[-1]) if functions and callable(functions[-1]) else None
    return name.removeprefix(".") if name else None


def _variables(source: str, line: int, name: str | None) -> list[str]:
    """What the function was given on that line; else every variable there."""
    try:
        tree = _SYNTAX.parse(source)
    except (TemplateSyntaxError, RecursionError):
        return []
    worked_out = (nodes.Filter, nodes.BinExpr, nodes.Compare, nodes.Getitem, nodes.For)
    on_line = [node for node in tree.find_all(worked_out) if node.lineno == line]
    given = [node for node in on_line if _is(node, name)] or [
        node for node in tree.find_all(nodes.Output) if any(part.lineno == line for part in node.nodes)
    ]
    parts = [each for node in given for each in _chains(node)]
    return list(dict.fromkeys(parts))


def _is(node: nodes.Node, name: str | None) -> bool:
    if isinstance(node, nodes.Filter):
        return node.name == name
    return isinstance(node, _OPERATORS.get(name or "", type(None)))


def _chains(node: nodes.Node) -> list[str]:
    """The longest chains below: `context.order.total`, and not `context` beside it."""
    found: list[str] = []
    for child in node.iter_child_nodes():
        is_chain = isinstance(child, nodes.Getattr | nodes.Getitem | nodes.Name)
        spelled = spell(child) if is_chain and isinstance(child, nodes.Expr) else "("
        if not spelled.startswith("("):
            found.append(spelled)
        else:
            found += _chains(child)
    return found
