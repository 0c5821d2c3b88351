"""JSON Schemas of answers and bodies, written briefly. OpenAPI 3.1 takes JSON Schema 2020-12 as it is."""

from collections.abc import Iterable
from typing import Any, Final

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
MOMENT: Final[Shape] = {"type": "string", "format": "date-time"}
NUMBER: Final[Shape] = {"type": "integer"}
FLAG: Final[Shape] = {"type": "boolean"}
ANYTHING: Final[Shape] = {}
OBJECT: Final[Shape] = {"type": "object"}


def record(**members: Shape) -> Shape:
    """An object that always has these members, and may have more in a later version."""
    return {"type": "object", "properties": members, "required": list(members)}


def partial(shape: Shape, **members: Shape) -> Shape:
    """The record with members that may be missing."""
    return {**shape, "properties": {**shape["properties"], **members}}


def optional(shape: Shape) -> Shape:
    """The value, or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def array(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def choice(names: Iterable[str]) -> Shape:
    return {"type": "string", "enum": [str(name) for name in names]}


def ref(name: str) -> Shape:
    """A component of the description."""
    return {"$ref": f"#/components/schemas/{name}"}
