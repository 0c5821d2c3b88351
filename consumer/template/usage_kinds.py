"""What kind of value each filter, method and operator of the language works on."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from jinja2 import nodes

Kind = Literal["text", "number", "integer", "numeric", "list", "object", "sized", "flag"]
"""`sized`: a text, a list or an object; `numeric`: a number, or a text that holds one;
`flag`: it is only asked whether it is true."""

_KINDS: Final[Mapping[Kind, str]] = {
    "text": "upper lower title capitalize trim truncate replace wordcount urlencode string e escape format",
    "number": "abs round",
    "numeric": "int float",
    "list": "first last join sort unique min max sum list map select reject selectattr rejectattr",
    "object": "items dictsort",
    "sized": "length count reverse",
}
FILTER_KINDS: Final[Mapping[str, Kind]] = {
    name: kind for kind, names in _KINDS.items() for name in names.split()
}
METHOD_KINDS: Final[Mapping[str, Kind]] = dict.fromkeys(("items", "keys", "values", "get"), "object")
"""All other methods are a text's."""
TEST_KINDS: Final[Mapping[str, Kind]] = {
    "string": "text", "mapping": "object", "sequence": "list", "iterable": "list",
    **dict.fromkeys(("odd", "even", "divisibleby", "number", "integer"), "number"),
}  # fmt: skip
PASSING: Final = {
    "default", "d", "sort", "list", "reverse", "unique", "select", "reject", "selectattr", "rejectattr",
}  # fmt: skip
"""Filters that give back the value, or some of its items."""
ARITHMETIC: Final = (
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow,
)  # fmt: skip
ORDERING: Final = {"gt", "gteq", "lt", "lteq"}

_DIRECTIVE: Final = re.compile(r"%(?:%|[-+ 0]?\d{0,2}(?:\.\d{0,2})?([sdf]))")


def directive_kinds(node: nodes.Node | None) -> list[Kind | None]:
    """What the arguments of `'%s: %.2f' | format(name, price)` must be."""
    if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
        return []
    return ["number" if kind in "df" else None for kind in _DIRECTIVE.findall(node.value) if kind]


def kind_of_constant(value: object) -> Kind | None:
    """The kind of a value that it can be compared with."""
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else None
