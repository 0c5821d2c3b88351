"""The description of everything that the gateway answers, as OpenAPI 3.1, made from what is declared."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from pydantic import TypeAdapter

from gateway.api.ajo import AJO_PATHS
from gateway.api.operation import Operation
from gateway.api.parameters import Parameter
from gateway.api.responses import PROBLEM, RESPONSES, refusals
from gateway.api.shapes import Shape
from schemas.audience_call import AudienceCallWire
from schemas.campaign import CampaignFile
from schemas.trigger_wire import TriggerWire

_REF: Final = "#/components/schemas/{model}"
_DESCRIPTION: Final = (
    "Triggers as clients of Adobe Journey Optimizer send them, under /ajo; and Clarion's own API, under "
    "/api/v1: what became of a call, campaigns, dead letters, administration."
)


def describe(prefix: str, operations: Sequence[Operation]) -> Shape:
    """The whole description."""
    components = _components()
    paths: dict[str, Shape] = {path: dict(methods) for path, methods in AJO_PATHS.items()}
    for operation in operations:
        described = _operation(operation, components)
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Clarion", "version": version("clarion"), "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key's secret, or a token of /ims/token/v3.",
                }
            },
            "schemas": components,
            "responses": RESPONSES,
        },
    }


def _components() -> dict[str, Shape]:
    components: dict[str, Shape] = {"Problem": PROBLEM}
    for name, adapter in (
        ("Trigger", TypeAdapter[Any](TriggerWire)),
        ("AudienceCall", TypeAdapter[Any](AudienceCallWire)),
        ("Campaign", TypeAdapter[Any](CampaignFile)),
    ):
        components[name] = _hoisted(adapter.json_schema(ref_template=_REF), components)
    draft = components["Campaign"]
    # The path names the campaign.
    required = [name for name in draft["required"] if name != "id"]
    components["Draft"] = {**draft, "title": "Draft", "required": required}
    return components


def _hoisted(shape: Shape, components: dict[str, Shape]) -> Shape:
    """The schema without its own definitions, which become components."""
    for name, definition in shape.get("$defs", {}).items():
        components.setdefault(name, definition)
    return {name: member for name, member in shape.items() if name != "$defs"}


def _operation(operation: Operation, components: dict[str, Shape]) -> Shape:
    described: Shape = {
        "operationId": _name(operation),
        "summary": operation.summary,
        "description": f"Needs a key with the scope `{operation.scope}`.",
        "tags": [operation.path.split("/")[1]],
        "parameters": [_parameter(each) for each in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        shape = _hoisted(operation.body.shape, components)
        described["requestBody"] = {
            "required": operation.body.is_required,
            "content": {kind: {"schema": shape} for kind in operation.body.media_types},
        }
    return described


def _name(operation: Operation) -> str:
    words = re.findall(r"[A-Za-z]+", operation.path)
    return operation.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _parameter(parameter: Parameter) -> Shape:
    shape = parameter.kind.shape
    if parameter.is_repeatable:
        shape = {"type": "array", "items": shape}
    if parameter.default is not None:
        shape = {**shape, "default": parameter.default}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": shape,
    }


def _responses(operation: Operation) -> Shape:
    answer: Shape = {"description": "Done.", "content": {"application/json": {"schema": operation.shape}}}
    names = {parameter.name for parameter in operation.parameters}
    if {"limit", "after"} <= names:
        link = {
            "description": "Where the next page begins; absent on the last.",
            "schema": {"type": "string"},
        }
        answer["headers"] = {"Link": link}
    return {str(status): answer for status in (operation.status, *operation.also)} | refusals(
        _statuses(operation)
    )


def _statuses(operation: Operation) -> set[int]:
    """Of the refusals that the operation can meet."""
    found = {400, 401, 403, 429, 503, *operation.refusals}
    return found | {413, 415} if operation.body is not None else found
