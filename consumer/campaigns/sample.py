"""A sample trigger for a campaign, made up from the variables that its templates use. Pure."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from jinja2 import Environment, TemplateError, nodes

from consumer.campaigns.templates import template_sources
from consumer.template import render
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.namespace import ADDRESS_NAMESPACE

Path = tuple[str | int, ...]
"""Keys from the root on: ("context", "order", "lines", 0, "sku")."""

_KEY: Final = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?P<literal>'[^']*'|\"[^\"]*\"|-?\d+)\]")
_USER_ID: Final = {"email": "alice@example.com", "phone": "+12025550142"}
_CHANNEL_DATA: Final[Mapping[Channel, JsonObject]] = {
    Channel.EMAIL: {"emailAddress": "alice@example.com"},
    Channel.SMS: {"mobilePhoneNumber": "+12025550142"},
    Channel.PUSH: {"pushInfo": {"token": "sample-token", "platform": "apns", "appId": "com.acme.app"}},
}
_SYNTAX: Final = Environment(autoescape=True)
"""For reading loops only; nothing is rendered here."""


def sample_trigger(file: CampaignFile, request_id: str = "sample-1") -> JsonObject:
    """A trigger that the campaign can execute: each variable that must be given is its own name, as a text.

    Best effort for lists (one item each) and for what a template works out.
    """
    external = file.lane == "high-throughput"
    given = made_up(_paths(file))
    recipient: JsonObject = {
        "type": "external" if external else "aep",
        "namespace": file.namespace,
        "userId": _USER_ID.get(file.namespace, "sample-1"),
        "channelData": _channel_data(file),
        "context": _lacking(given.get("context"), file.context),
        # A stored profile brings its own; what the trigger gave would hide it.
        "profile": given.get("profile") if external or file.create_profiles else None,
    }
    filled = {key: value for key, value in recipient.items() if value}
    return {"requestId": request_id, "campaignId": file.id, "recipients": [filled]}


def made_up(paths: Iterable[Path]) -> JsonObject:
    """Nested objects and lists in which each path leads to its last name: context.resetUrl to "resetUrl"."""
    root: JsonObject = {}
    # The shorter first: `order.lines`, looped over, becomes a list when `order.lines[0].sku` comes.
    for path in sorted(paths, key=lambda path: (len(path), [str(key) for key in path])):
        _put(root, path)
    return root


def _put(root: JsonObject, path: Path) -> None:
    container: object = root
    for position, key in enumerate(path):
        following = path[position + 1 : position + 2]
        leaf: object = next(name for name in reversed(path[: position + 1]) if isinstance(name, str))
        fresh = leaf if not following else [] if isinstance(following[0], int) else {}
        container = _step(container, key, fresh)


def _step(container: object, key: str | int, fresh: object) -> object:
    """The member at the key; a text in its place, or nothing, gives way to `fresh`."""
    if isinstance(container, list):
        # Whatever the index, one sample item will do.
        if not container or isinstance(container[0], str):
            container[:] = [fresh]
        return container[0]
    if isinstance(container, dict) and isinstance(container.get(str(key), ""), str):
        container[str(key)] = fresh
    return container.get(str(key)) if isinstance(container, dict) else None


def _paths(file: CampaignFile) -> Iterator[Path]:
    for source in template_sources(file):
        try:
            required = source.compile().variables
            tree = _SYNTAX.parse(source.text)
        except (render.TemplateError, TemplateError):
            continue  # the review tells of it
        yield from map(_keys, required)
        yield from _loop_paths(tree, {})


def _keys(variable: str) -> Path:
    return tuple(found["name"] or ast.literal_eval(found["literal"]) for found in _KEY.finditer(variable))


def _loop_paths(node: nodes.Node, loops: Mapping[str, Path]) -> Iterator[Path]:
    """What is used of lists' items: in `for line in context.lines`, `line.sku` is context.lines[0].sku."""
    for child in node.iter_child_nodes():
        chain = _chain(child)
        if chain and chain[0] in loops:
            yield loops[str(chain[0])] + chain[1:]
        elif not chain:
            yield from _loop_paths(child, _within(child, loops))


def _within(node: nodes.Node, loops: Mapping[str, Path]) -> Mapping[str, Path]:
    if not isinstance(node, nodes.For) or not isinstance(node.target, nodes.Name):
        return loops
    listed = _chain(node.iter)
    if not listed:
        return loops
    return {**loops, node.target.name: (*loops.get(str(listed[0]), listed[:1]), *listed[1:], 0)}


def _chain(node: nodes.Node) -> Path:
    """`line.price.amount` as its keys; empty when the node is anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        return (*above, node.attr) if (above := _chain(node.node)) else ()
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return (*above, node.arg.value) if (above := _chain(node.node)) else ()
    return ()


def _channel_data(file: CampaignFile) -> JsonObject:
    data: JsonObject = {}
    for channel in file.channels.used():
        if ADDRESS_NAMESPACE.get(channel) != file.namespace:
            data |= _CHANNEL_DATA[channel]
    return data


def _lacking(wanted: object, defaults: object) -> object:
    """What is wanted and the defaults do not have."""
    if not isinstance(wanted, dict) or not isinstance(defaults, Mapping):
        return wanted
    lacking = {
        key: _lacking(value, defaults.get(key))
        for key, value in wanted.items()
        if key not in defaults or isinstance(value, dict)
    }
    return {key: value for key, value in lacking.items() if value}
