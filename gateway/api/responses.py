"""Refusals as OpenAPI describes them: one body for all."""

from collections.abc import Iterable
from typing import Final

from gateway.api.shapes import NUMBER, TEXT, Shape, ref

PROBLEM: Final[Shape] = {
    "type": "object",
    "title": "Problem",
    "description": "Of every refusal. `type` ends with the reason and the status.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": NUMBER,
        "detail": TEXT,
        "requestId": TEXT,
        "report": {
            "type": "object",
            "properties": {"additionalContext": {"type": "object", "additionalProperties": TEXT}},
            "required": ["additionalContext"],
        },
    },
    "required": ["type", "title", "status", "detail", "report"],
}
_DESCRIPTIONS: Final = {
    400: "The call cannot be read, or is not valid; `report.additionalContext` names what.",
    401: "No credentials, or wrong ones.",
    403: "The key lacks the scope, or is not for this campaign.",
    404: "There is none.",
    405: "Another method; see Allow.",
    409: "The state does not allow it.",
    412: "Somebody was faster.",
    413: "The body is too large.",
    415: "Another content type.",
    429: "The key's rate is exceeded.",
    503: "Kafka, PostgreSQL or capacity is away: send the same again.",
}
_RETRY: Final[Shape] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}


def _response(status: int) -> Shape:
    kinds = ("application/json", "application/problem+json")
    response: Shape = {
        "description": _DESCRIPTIONS[status],
        "content": {kind: {"schema": ref("Problem")} for kind in kinds},
    }
    if status in {429, 503}:
        response["headers"] = _RETRY
    return response


RESPONSES: Final[dict[str, Shape]] = {f"Refusal{status}": _response(status) for status in _DESCRIPTIONS}


def refusals(statuses: Iterable[int]) -> dict[str, Shape]:
    return {str(status): {"$ref": f"#/components/responses/Refusal{status}"} for status in sorted(statuses)}
