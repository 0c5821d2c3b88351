"""Chains such as `context.order.lines[0].sku`: their root, their keys, and their spelling."""

from typing import Final, TypeGuard

from jinja2 import nodes

from consumer.template.lookups import Keys, spelled

Key = str | int

LOOP_ATTRIBUTES: Final = {
    "index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem",
}  # fmt: skip


def static_key(node: nodes.Expr) -> Key | None:
    """The key of the last step, if it is written in the template; None if it must be worked out."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    argument = node.arg if isinstance(node, nodes.Getitem) else None
    if isinstance(argument, nodes.Neg) and isinstance(argument.node, nodes.Const):
        last = argument.node.value
        return -last if type(last) is int else None
    key = argument.value if isinstance(argument, nodes.Const) else None
    return key if isinstance(key, str | int) and not isinstance(key, bool) else None


def is_loop_attribute(node: nodes.Expr) -> TypeGuard[nodes.Getattr]:
    return (
        isinstance(node, nodes.Getattr)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "loop"
        and node.attr in LOOP_ATTRIBUTES
    )


def follow(node: nodes.Expr) -> tuple[nodes.Expr, Keys]:
    """From the last step back to the root: the first thing that is not a step with a static key."""
    keys: list[Key] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem) and not is_loop_attribute(node):
        key = static_key(node)
        if key is None:
            break
        keys.append(key)
        node = node.node
    return node, tuple(reversed(keys))


def spell(node: nodes.Expr) -> str:
    """A value as the author wrote it, as far as it is a chain: `context.prices[...].amount`."""
    root, keys = follow(node)
    if isinstance(root, nodes.Name):
        start = root.name
    elif is_loop_attribute(root):
        start = f"loop.{root.attr}"
    elif isinstance(root, nodes.Getitem) and not isinstance(root.arg, nodes.Slice):
        start = f"{spell(root.node)}[...]"
    else:
        start = "(...)"
    return start + spelled(keys)
