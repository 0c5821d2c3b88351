"""How a template uses its variables, found by reading it: which, where, and as what kind of value.

Nothing is rendered. What a template works out (`{% set total = a + b %}`) is not followed further.
"""

from collections.abc import Iterator, Sequence

from jinja2 import nodes

from consumer.template.chains import static_key
from consumer.template.names import Names, Path
from consumer.template.usage_kinds import (
    ARITHMETIC,
    FILTER_KINDS,
    METHOD_KINDS,
    ORDERING,
    PASSING,
    TEST_KINDS,
    Kind,
    directive_kinds,
    kind_of_constant,
)
from consumer.template.use import Use


def uses_of(tree: nodes.Template) -> list[Use]:
    """Every use of a variable, in the template's order. The tree is as Jinja parses it, not rewritten."""
    reader = _Reader()
    reader.visit(tree)
    asked = reader.asked
    return [
        use._replace(
            is_optional=use.is_optional or use.path in asked,
            is_conditional=any(use.path[:length] in asked for length in range(1, len(use.path))),
        )
        for use in reader.uses
    ]


class _Reader:
    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.asked: set[Path] = set()
        self._names = Names()

    def visit(self, node: nodes.Node, kind: Kind | None = None) -> None:
        method = getattr(self, f"_visit_{type(node).__name__.lower()}", None)
        if method:
            method(node, kind)
        elif isinstance(node, ARITHMETIC):
            self._visit_arithmetic(node)
        else:
            # `a or b` and `not a` are asked for what their whole is asked for.
            passed = kind if isinstance(node, nodes.And | nodes.Or | nodes.Not) else None
            self._visit_all(node.iter_child_nodes(), passed)

    def _visit_all(
        self, found: Iterator[nodes.Node] | Sequence[nodes.Node], kind: Kind | None = None
    ) -> None:
        for node in found:
            self.visit(node, kind)

    # --- variables -----------------------------------------------------------------------------------

    def _note(
        self,
        path: Path | None,
        line: int,
        kind: Kind | None,
        constant: object = None,
        *,
        optional: bool = False,
    ) -> None:
        if path is not None:
            self.uses.append(Use(path, line, kind, optional, constant=constant))

    def _visit_name(self, node: nodes.Name, kind: Kind | None) -> None:
        self._note(self._names.path(node), node.lineno, kind)

    def _visit_getattr(self, node: nodes.Getattr | nodes.Getitem, kind: Kind | None) -> None:
        path = self._names.path(node)
        self._note(path, node.lineno, kind)
        if path is None or not isinstance(node.node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self.visit(node.node)
        if isinstance(node, nodes.Getitem) and static_key(node) is None:
            self.visit(node.arg)

    def _visit_slice(self, node: nodes.Slice, _: Kind | None) -> None:
        self._visit_all(node.iter_child_nodes(), "integer")

    _visit_getitem = _visit_getattr

    # --- what is done with them ----------------------------------------------------------------------

    def _visit_filter(self, node: nodes.Filter, kind: Kind | None) -> None:
        if node.node is None:
            return
        path = self._names.path(node.node)
        if node.name in {"default", "d"}:
            self._note(path, node.lineno, kind, optional=True)
            if path is None:
                self.visit(node.node)
            self._visit_all(node.args)
            return
        self.visit(node.node, FILTER_KINDS.get(node.name, kind if node.name in PASSING else None))
        kinds = directive_kinds(node.node) if node.name == "format" else []
        for position, argument in enumerate(node.args):
            self.visit(argument, kinds[position] if position < len(kinds) else None)
        self._note_items(node, path)

    def _note_items(self, node: nodes.Filter, path: Path | None) -> None:
        """What a filter uses of a list's items: `map(attribute='name')`, `selectattr('price', '>', 50)`."""
        if path is None:
            return
        attribute = next((argument.value for argument in node.kwargs if argument.key == "attribute"), None)
        arguments = list(node.args)
        if node.name in {"selectattr", "rejectattr"} and arguments:
            attribute = arguments.pop(0)
        keys = _keys(attribute)
        if not keys and node.name not in {"sum", "map", "select", "reject"}:
            return
        kind: Kind | None = "number" if node.name == "sum" else None
        constant: object = None
        match arguments:
            case [nodes.Const(value=str(name))] if node.name == "map":
                kind = FILTER_KINDS.get(name)
            case [nodes.Const(), nodes.Const(value=value), *_]:
                kind, constant = kind_of_constant(value), value
        self._note((*path, 0, *keys), node.lineno, kind, constant)

    def _visit_call(self, node: nodes.Call, kind: Kind | None) -> None:
        if isinstance(node.node, nodes.Getattr):
            owner, method = node.node.node, node.node.attr
            if method == "get":
                self._note(self._names.path(node), node.lineno, kind, optional=len(node.args) > 1)
            else:
                self.visit(owner, METHOD_KINDS.get(method, "text"))
        self._visit_all(node.args, "integer" if isinstance(node.node, nodes.Name) else None)

    def _visit_test(self, node: nodes.Test, _: Kind | None) -> None:
        path = self._names.path(node.node)
        if node.name in {"defined", "undefined"}:
            if path is not None:
                self.asked.add(path)
                self._note(path, node.lineno, None, optional=True)
            return
        self.visit(node.node, TEST_KINDS.get(node.name))
        self._visit_all(node.args or [])

    def _visit_compare(self, node: nodes.Compare, _: Kind | None) -> None:
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        constants = [side.value for side in sides if isinstance(side, nodes.Const)]
        constant = constants[0] if constants else None
        ordered = node.ops[0].op in ORDERING
        kind: Kind | None = kind_of_constant(constant) if constants else ("number" if ordered else None)
        for side in sides:
            if (path := self._names.path(side)) is not None and node.ops[0].op not in {"in", "notin"}:
                self._note(path, side.lineno, kind, constant)
            else:
                self.visit(side)

    def _visit_arithmetic(self, node: nodes.BinExpr) -> None:
        sides = (node.left, node.right)
        joins_texts = any(isinstance(side, nodes.Const) and isinstance(side.value, str) for side in sides)
        self._visit_all(sides, "text" if joins_texts else "number")

    # --- branches, loops and names -------------------------------------------------------------------

    def _visit_if(self, node: nodes.If, _: Kind | None) -> None:
        self.visit(node.test, "flag")
        self._visit_all([*node.body, *node.elif_, *node.else_])

    def _visit_condexpr(self, node: nodes.CondExpr, kind: Kind | None) -> None:
        self.visit(node.test, "flag")
        self._visit_all([part for part in (node.expr1, node.expr2) if part], kind)

    def _visit_for(self, node: nodes.For, _: Kind | None) -> None:
        self.visit(node.iter, "list")
        with self._names.inner():
            self._names.bind_item(node.target, node.iter)
            self._visit_all([*([node.test] if node.test else []), *node.body])
        self._visit_all(node.else_)

    def _visit_assign(self, node: nodes.Assign, _: Kind | None) -> None:
        self.visit(node.node)
        self._names.bind(node.target, node.node)


def _keys(attribute: nodes.Node | None) -> Path:
    if not isinstance(attribute, nodes.Const):
        return ()
    return tuple(0 if key.isdigit() else key for key in str(attribute.value).split("."))
