"""Operators, calls and literals, each turned into the call of a bounded function."""
# ruff: noqa: N802, N815 - Jinja names a visitor's methods after its nodes

from math import isfinite
from typing import Final

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from consumer.template.arguments import fit, refuse
from consumer.template.conditions import TESTS
from consumer.template.filters import METHODS
from consumer.template.lists import FILTERS
from consumer.template.operators import OPERATORS

_OPERATORS: Final = {
    "Add": ".+", "Sub": ".-", "Mul": ".*", "Div": "./", "FloorDiv": ".//", "Mod": ".%", "Pow": ".**",
}  # fmt: skip
_COMPARISONS: Final = {"gteq": "ge", "lteq": "le", "notin": "in"}
_METHODS: Final = {name.removeprefix("."): name for name in METHODS} | {
    "upper": "upper", "lower": "lower", "title": "title", "capitalize": "capitalize",
    "strip": "trim", "items": "items", "keys": "list", "values": ".values",
}  # fmt: skip


class Expressions(NodeTransformer):
    """The part of the grammar (grammar.py) that works values out."""

    def expression(self, node: nodes.Node) -> nodes.Expr:
        rewritten = self.visit(node)
        if not isinstance(rewritten, nodes.Expr):
            refuse(node, "a value is expected here")
        return rewritten

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        if isinstance(node.node, nodes.Name) and node.node.name == "range" and node.args:
            return self._method(node, ".range", node.args[0], node.args[1:])
        if not isinstance(node.node, nodes.Getattr):
            refuse(node, "only range(), loop.cycle() and methods can be called")
        owner, method = node.node.node, node.node.attr
        if method == "cycle" and isinstance(owner, nodes.Name) and owner.name == "loop":
            index = nodes.Getattr(owner, "index0", "load", lineno=node.lineno)
            return self._method(node, ".cycle", index, node.args)
        if method == "get" and node.args:
            value = nodes.Getitem(owner, node.args[0], "load", lineno=node.lineno)
            return self._method(node, "default", value, node.args[1:]) if node.args[1:] else self.visit(value)
        if method not in _METHODS:
            refuse(node, f"the method {method} cannot be called")
        return self._method(node, _METHODS[method], owner, node.args)

    def _method(self, node: nodes.Call, name: str, owner: nodes.Expr, args: list[nodes.Expr]) -> nodes.Node:
        filtered = nodes.Filter(
            owner, name, args, node.kwargs, node.dyn_args, node.dyn_kwargs, lineno=node.lineno
        )
        fit(filtered, FILTERS | METHODS | OPERATORS, TESTS)
        return self.generic_visit(filtered)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        if len(node.ops) > 1:
            refuse(node, "compare two values at a time: a < b and b < c")
        operand = node.ops[0]
        name = _COMPARISONS.get(operand.op, operand.op)
        test = nodes.Test(
            self.expression(node.expr),
            name,
            [self.expression(operand.expr)],
            [],
            None,
            None,
            lineno=node.lineno,
        )
        return nodes.Not(test, lineno=node.lineno) if operand.op == "notin" else test

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        return call(".~", *(self.expression(part) for part in node.nodes))

    def _operator(self, node: nodes.BinExpr) -> nodes.Node:
        name = _OPERATORS[type(node).__name__]
        return call(name, self.expression(node.left), self.expression(node.right))

    visit_Add = visit_Sub = visit_Mul = visit_Div = visit_FloorDiv = visit_Mod = visit_Pow = _operator

    def visit_Neg(self, node: nodes.Neg) -> nodes.Node:
        return call(".-", nodes.Const(0, lineno=node.lineno), self.expression(node.node))

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        node.expr2 = node.expr2 or nodes.Const("", lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        """Lists only, among values: a tuple of tuples could be made too large to hash."""
        self.generic_visit(node)
        return nodes.List(node.items, lineno=node.lineno) if node.ctx == "load" else node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:
        if not (isinstance(node.key, nodes.Const) and isinstance(node.key.value, str)):
            refuse(node, "an object's key must be a text in quotes")
        return self.generic_visit(node)

    def visit_Const(self, node: nodes.Const) -> nodes.Node:
        if isinstance(node.value, float) and not isfinite(node.value):
            refuse(node, "a number is too large")
        return node


def call(name: str, value: nodes.Expr, *args: nodes.Expr) -> nodes.Filter:
    """The one thing operators, lookups and methods become."""
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)
