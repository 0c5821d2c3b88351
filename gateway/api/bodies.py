"""Reading bodies: JSON within the bounds of triggers, checked by a model where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import Shape
from gateway.problem import Problem
from schemas.json import InvalidJsonError, MalformedJsonError, parse_json

BODY_BYTES_MAX: Final = 1_000_000
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class JsonBody:
    """JSON that a pydantic model reads."""

    adapter: TypeAdapter[Any]
    is_required: bool = True
    media_types: Sequence[str] = (JSON,)

    @property
    def shape(self) -> Shape:
        return self.adapter.json_schema(ref_template="#/components/schemas/{model}")

    def read(self, content: bytes, media_type: str) -> object:  # noqa: ARG002 - as Body has it
        document = read_json(content)
        try:
            return self.adapter.validate_python(document)
        except ValidationError as error:
            raise RefusalError(invalid_by(error)) from None


def body_of(model: type[BaseModel], *, is_required: bool = True) -> JsonBody:
    return JsonBody(TypeAdapter(model), is_required)


def read_json(content: bytes) -> object:
    """Raises RefusalError."""
    try:
        return parse_json(content)
    except MalformedJsonError as error:
        detail = f"The body is not used: {error}."
        raise RefusalError(Problem(400, "malformed", "The request cannot be read", detail)) from None
    except InvalidJsonError as error:
        faults = {fault.path: fault.problem for fault in error.faults}
        raise RefusalError(invalid(f"The body is not used: {error}.", faults)) from None


def invalid_by(error: ValidationError, *, skip: int = 0) -> Problem:
    """Each violation by its path, without its first steps; no value of the caller's is quoted."""
    faults = {
        ".".join(str(step) for step in violation["loc"][skip:] if step != "[key]") or "body": violation[
            "msg"
        ].removeprefix("Value error, ")
        for violation in error.errors(include_url=False, include_input=False, include_context=False)
    }
    return invalid("The body is not what is expected here.", faults)
