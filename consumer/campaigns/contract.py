"""The contract of a campaign: JSON Schema 2020-12 of the triggers that it can execute. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from consumer.campaigns.sample import leaf_value, sample_trigger
from consumer.campaigns.variables import Variable, variables_of
from consumer.template.names import ANY_KEY, Key, Path
from schemas.campaign import CampaignFile
from schemas.json import JsonObject
from schemas.namespace import ADDRESS_NAMESPACE
from schemas.trigger_wire import RECIPIENTS_MAX

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 255}
_ADDRESSES: Final = {"email": "emailAddress", "sms": "mobilePhoneNumber", "push": "pushInfo"}


def trigger_schema(file: CampaignFile) -> JsonObject:
    """What a trigger must hold: every variable with its type, and those without a default required.

    A variable may be given for all recipients or for each, so what is required stands in `allOf`.
    """
    variables = variables_of(file)
    tree, required = _tree(variables), required_paths(file, variables)
    return {
        "$schema": DIALECT,
        "title": f"Trigger of the campaign {file.id}",
        "description": file.description or file.title,
        "type": "object",
        "required": ["requestId", "campaignId", "recipients"],
        "properties": {
            "requestId": _TEXT,
            "campaignId": {"const": file.id},
            "context": {"$ref": "#/$defs/context", "description": "For all recipients."},
            "recipients": {
                "type": "array",
                "minItems": 1,
                "maxItems": RECIPIENTS_MAX,
                "items": {"$ref": "#/$defs/recipient"},
            },
        },
        **({"allOf": [_required(path) for path in required]} if required else {}),
        "$defs": {
            "context": _object(("context",), tree.get("context", {}), variables),
            "recipient": _recipient(file, tree, variables),
        },
        "examples": [sample_trigger(file)],
    }


def required_paths(file: CampaignFile, variables: Mapping[Path, Variable]) -> list[Path]:
    """The variables of the context without which no message is rendered, shorter ones left out."""
    required = [
        path
        for path, variable in variables.items()
        if path[0] == "context" and len(path) > 1 and variable.is_required and not _is_within_items(path)
    ]
    lacking = [path for path in required if _default(file.context, path[1:]) is None]
    return [
        path for path in lacking if not any(other[: len(path)] == path for other in lacking if other != path)
    ]


def _is_within_items(path: Path) -> bool:
    return any(key in {0, ANY_KEY} for key in path)


def _default(context: object, keys: Sequence[Key]) -> object:
    for key in keys:
        context = context.get(str(key)) if isinstance(context, Mapping) else None
    return context


def _tree(variables: Mapping[Path, Variable]) -> dict[Key, Any]:
    tree: dict[Key, Any] = {}
    for path in variables:
        node = tree
        for key in path:
            node = node.setdefault(key, {})
    return tree


def _required(path: Path) -> JsonObject:
    within = _with_member(path[1:])
    given = {"properties": {"context": within}, "required": ["context"]}
    return {
        "title": f"{'.'.join(map(str, path))} is required",
        "anyOf": [given, {"properties": {"recipients": {"items": given}}}],
    }


def _with_member(keys: Sequence[Key]) -> JsonObject:
    if not keys:
        return {"not": {"type": "null"}}
    return {"type": "object", "required": [keys[0]], "properties": {keys[0]: _with_member(keys[1:])}}


def _object(path: Path, below: Mapping[Key, Any], variables: Mapping[Path, Variable]) -> JsonObject:
    members = {str(key): _schema((*path, key), below[key], variables) for key in below if key != ANY_KEY}
    schema: JsonObject = {"type": "object", "properties": members}
    if ANY_KEY in below:
        schema["additionalProperties"] = _schema((*path, ANY_KEY), below[ANY_KEY], variables)
    # An item of a list is never merged with another, so what it must hold can be said of it.
    if _is_within_items(path) and (required := list(_members_required(path, below, variables))):
        schema["required"] = required
    return schema


def _members_required(
    path: Path, below: Mapping[Key, Any], variables: Mapping[Path, Variable]
) -> Iterator[str]:
    for key in below:
        variable = variables.get((*path, key))
        if isinstance(key, str) and key != ANY_KEY and variable and variable.is_required:
            yield key


def _schema(path: Path, below: Mapping[Key, Any], variables: Mapping[Path, Variable]) -> JsonObject:
    variable = variables.get(path) or Variable(path)
    if 0 in below:
        return _nullable({"type": "array", "items": _schema((*path, 0), below[0], variables)}, variable)
    if below:
        return _nullable(_object(path, below, variables), variable)
    return {**_nullable(_leaf(variable), variable), "examples": [leaf_value(path, variable)]}


def _leaf(variable: Variable) -> JsonObject:
    kinds = variable.kinds
    if kinds & {"number", "integer"}:
        return {"type": "number"}
    if "list" in kinds:
        return {"type": "array"}
    if "object" in kinds:
        return {"type": "object"}
    # Asked only whether it is true, or how long it is: it may be of any kind.
    if kinds and kinds <= {"flag", "sized"}:
        return {}
    return {"type": ["string", "number", "boolean"]}


def _nullable(schema: JsonObject, variable: Variable) -> JsonObject:
    """Null counts as absent, so what may be absent may be null."""
    if variable.is_required or not (kind := schema.get("type")):
        return schema
    return {**schema, "type": [*(kind if isinstance(kind, list) else [kind]), "null"]}


def _recipient(file: CampaignFile, tree: Mapping[Key, Any], variables: Mapping[Path, Variable]) -> JsonObject:
    is_external = file.lane == "high-throughput"
    required = ["namespace", "userId", *(["type"] if is_external else [])]
    addresses = [
        _ADDRESSES[channel]
        for channel in file.channels.used()
        if is_external and ADDRESS_NAMESPACE.get(channel) != file.namespace
    ]
    data: JsonObject = {"type": "object", "properties": {name: {} for name in _ADDRESSES.values()}}
    return {
        "type": "object",
        "required": [*required, *(["channelData"] if addresses else [])],
        "properties": {
            "type": {"const": "external"} if is_external else {"enum": ["aep", "external"]},
            "namespace": {"type": "string", "pattern": _without_case(file.namespace)},
            "userId": _TEXT,
            "channelData": {**data, "required": addresses} if addresses else data,
            "context": {"$ref": "#/$defs/context", "description": "Merged over that of the trigger."},
            "profile": _object(("profile",), tree.get("profile", {}), variables),
            "locale": {"type": "string", "description": "BCP 47; goes before the profile's."},
            "attachments": {"type": "array", "maxItems": 10, "items": {"type": "object"}},
        },
    }


def _without_case(namespace: str) -> str:
    letters = (
        f"[{letter.upper()}{letter}]" if letter.isalpha() else f"\\{letter}" if letter == "." else letter
        for letter in namespace.lower()
    )
    return f"^{''.join(letters)}$"
