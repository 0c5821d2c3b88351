"""What an author may write, and what it is turned into.

Jinja's syntax tree is rewritten until it holds only text, branches, loops, assignments, names, constants,
filters and tests: `a.b.c`, `a + b`, `a ~ b`, `a < b`, `text.upper()` and `for` all become calls of
functions in operators.py, filters.py, lists.py and conditions.py. So those tables are the whole of what a
template can do, and there is no attribute and no call left for it to escape by.
"""
# ruff: noqa: N802 - Jinja names a visitor's methods after its nodes

from typing import Final

from jinja2 import nodes

from consumer.template.arguments import fit, refuse
from consumer.template.chains import follow, is_loop_attribute, spell, static_key
from consumer.template.conditions import TESTS
from consumer.template.evaluation import STEP
from consumer.template.expressions import Expressions, call
from consumer.template.lists import FILTERS

DEEPEST: Final = 40
"""Nesting of the tree. Python's own parser, which reads the compiled template, ends at 200 parentheses."""

RESERVED: Final = {"context", "profile", "recipient", "loop", "self", "range"}

_TAGS: Final = {
    "AssignBlock": "{% set %} without =",
    "CallBlock": "{% call %}",
    "EvalContextModifier": "{% autoescape %}",
    "FilterBlock": "{% filter %}",
    "FromImport": "{% from %}",
    "NSRef": "namespace",
    "ScopedEvalContextModifier": "{% autoescape %}",
}
_PLAIN: Final = (
    nodes.Template | nodes.Output | nodes.TemplateData | nodes.If | nodes.With | nodes.Assign
    | nodes.List | nodes.Dict | nodes.And | nodes.Or | nodes.Not | nodes.Keyword
    | nodes.Scope  # holds {% autoescape %}, which is then refused with its line
)  # fmt: skip
"""What needs no rewriting."""


class Grammar(Expressions):
    """Rewrites a tree in place. Raises TemplateError for all that is not allowed."""

    depth = 0

    def visit(self, node: nodes.Node, *_: object, **__: object) -> nodes.Node:
        kind = type(node).__name__
        if self.depth >= DEEPEST:
            refuse(node, "it is nested too deeply")
        if not isinstance(node, _PLAIN) and not hasattr(self, f"visit_{kind}"):
            refuse(node, f"{_TAGS.get(kind, kind.lower())} cannot be used in a template")
        self.depth += 1
        rewritten: nodes.Node = super().visit(node)
        self.depth -= 1
        return rewritten

    def visit_For(self, node: nodes.For) -> nodes.Node:
        if node.recursive:
            refuse(node, "a loop cannot be recursive")
        # One turn costs what is in it, so that loops are bounded by what they do and not by a mere count.
        turn = node.iter_child_nodes(exclude=("iter", "else_"))
        cost = STEP * sum(1 + sum(1 for _ in part.find_all(nodes.Node)) for part in turn)
        iterated = self.expression(node.iter)
        node.iter = nodes.Const(None)
        self.generic_visit(node)
        node.iter = call(".each", iterated, nodes.Const(cost))
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name in RESERVED and node.ctx != "load":
            refuse(node, f"{node.name} cannot be set")
        if node.name in RESERVED - {"context", "profile", "recipient"}:
            refuse(node, f"{node.name} cannot be used by itself")
        return node if node.ctx != "load" else call(".name", node, nodes.Const(node.name))

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        if is_loop_attribute(node):
            return call(".loop", node.node, nodes.Const(node.attr))
        return self._lookup(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        if isinstance(node.arg, nodes.Slice):
            bounds = (node.arg.start, node.arg.stop, node.arg.step)
            cuts = [self.expression(bound or nodes.Const(None, lineno=node.lineno)) for bound in bounds]
            return call(".slice", self.expression(node.node), *cuts)
        if static_key(node) is not None:
            return self._lookup(node)
        path = nodes.Const(spell(node))
        return call(".item", self.expression(node.node), self.expression(node.arg), path)

    def _lookup(self, node: nodes.Expr) -> nodes.Node:
        root, keys = follow(node)
        path = nodes.Const(spell(node))
        if isinstance(root, nodes.Const | nodes.Tuple | nodes.List) and isinstance(keys[0], str):
            refuse(node, "only variables have parts to get at with a dot or brackets")
        if not isinstance(root, nodes.Name):
            root = self.expression(root)
        elif root.name in RESERVED:
            self.visit_Name(nodes.Name(root.name, "load", lineno=root.lineno))
        return call(".lookup", root, nodes.Const(keys), path)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name in {"first", "last"} and node.node and not node.args:
            index = nodes.Const(0 if node.name == "first" else -1)
            return self.visit(nodes.Getitem(node.node, index, "load", lineno=node.lineno))
        fit(node, FILTERS, TESTS)
        return self.generic_visit(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        fit(node, FILTERS, TESTS)
        return self.generic_visit(node)
