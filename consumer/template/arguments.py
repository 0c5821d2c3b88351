"""A filter's or a test's name and arguments, checked when the template is compiled."""

from collections.abc import Mapping
from inspect import signature
from typing import NoReturn

from jinja2 import nodes

from consumer.template.chains import spell
from consumer.template.lookups import spelled
from consumer.template.operators import Function


class TemplateError(Exception):
    """The template cannot be used: one sentence, with the line."""


def refuse(node: nodes.Node, sentence: str) -> NoReturn:
    raise TemplateError(f"line {node.lineno}: {sentence}")


def fit(
    node: nodes.Filter | nodes.Test, filters: Mapping[str, Function], tests: Mapping[str, Function]
) -> None:
    """See that the call fits its function; make of attribute="order.id" the keys to follow."""
    kind, table = ("filter", filters) if isinstance(node, nodes.Filter) else ("test", tests)
    if node.name not in table:
        refuse(node, f"there is no {kind} {node.name}")
    if node.dyn_args or node.dyn_kwargs:
        refuse(node, f"arguments of {node.name} cannot be given with *")
    named = {str(argument.key): argument.value for argument in node.kwargs}
    try:
        given = signature(table[node.name]).bind(None, None, *node.args, **named).arguments
    except TypeError:
        refuse(node, f"{node.name} does not take these arguments")
    if "attribute" in given:
        _make_keys(node, given["attribute"])
    if "filter_name" in given:
        _check_name(node, given["filter_name"], filters)
    if "test_name" in given:
        _check_name(node, given["test_name"], tests)


def _make_keys(node: nodes.Filter | nodes.Test, argument: nodes.Node) -> None:
    if not isinstance(argument, nodes.Const) or not isinstance(argument.value, str | int):
        refuse(node, f"the attribute of {node.name} must be a text in quotes")
    keys = tuple(int(key) if key.isdigit() else key for key in str(argument.value).split("."))
    argument.value = (keys, f"{spell(node.node or node)}[]{spelled(keys)}")


def _check_name(node: nodes.Filter | nodes.Test, argument: nodes.Node, table: Mapping[str, Function]) -> None:
    name = argument.value if isinstance(argument, nodes.Const) else None
    if not isinstance(name, str) or name not in table:
        refuse(node, f"{node.name} must be given a filter's or a test's name in quotes")
    if "attribute" in signature(table[name]).parameters or name == node.name:
        # Its attribute would come at run time and could be a variable's value, which must not be shown.
        refuse(node, f"{node.name} cannot be given {name}")
