"""AJO's paths, as OpenAPI describes them."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.api.responses import refusals
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, partial, record, ref

_EXECUTIONS: Final = "/ajo/im/executions"
_HEADERS: Final = {
    "x-api-key": "The key's id; another one is refused.",
    "x-gw-ims-org-id": "The organisation; compared where CLARION_GATEWAY_ORG_ID is set.",
    "x-sandbox-name": "Ignored.",
    "x-request-id": "Echoed; made where it is missing.",
}
_ACCEPTED: Final[Shape] = partial(
    record(executionId=TEXT, requestId=TEXT, createdAt=MOMENT, createdBy=TEXT),
    report={"type": "object", "properties": {"warnings": array(TEXT)}},
)
_SCHEDULED: Final[Shape] = record(
    scheduleId=TEXT, scheduleStatus=TEXT, executeAt=MOMENT, campaignId=TEXT, audience=OBJECT
)
_AUDIENCE_EXECUTION: Final[Shape] = record(
    executionId=TEXT,
    campaignId=TEXT,
    audienceId=TEXT,
    status={"enum": ["InProgress", "Succeeded", "Failed"]},
    targetedProfileCount=NUMBER,
    createdAt=MOMENT,
)
_TOKEN: Final[Shape] = record(access_token=TEXT, token_type={"const": "bearer"}, expires_in=NUMBER)
_TOKEN_FORM: Final[Shape] = partial(
    record(grant_type={"const": "client_credentials"}, client_id=TEXT, client_secret=TEXT), scope=TEXT
)


def _answer(shape: Shape, description: str = "Done.") -> Shape:
    return {"description": description, "content": {"application/json": {"schema": shape}}}


def _call(
    name: str,
    summary: str,
    status: int,
    shape: Shape,
    *,
    body: str | None = None,
    path: str | None = None,
    statuses: Sequence[int] = (),
) -> Shape:
    parameters = [
        {"name": header, "in": "header", "description": meaning, "schema": TEXT}
        for header, meaning in _HEADERS.items()
    ]
    if path:
        parameters.append({"name": path, "in": "path", "required": True, "schema": TEXT})  # type: ignore[dict-item] # JSON
    described: Shape = {
        "operationId": name,
        "summary": summary,
        "description": "Needs a key with the scope `trigger`.",
        "tags": ["ajo"],
        "parameters": parameters,
        "responses": {str(status): _answer(shape), **refusals({400, 401, 403, 429, 503, *statuses})},
    }
    if body:
        content = {"application/json": {"schema": ref(body)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


_SCHEDULE_PATH: Final = "scheduleId"

AJO_PATHS: Final[Mapping[str, Shape]] = {
    f"{_EXECUTIONS}/unitary": {
        "post": _call(
            "triggerUnitary",
            "Trigger a campaign of the unitary lane.",
            202,
            _ACCEPTED,
            body="Trigger",
            statuses=(404, 413, 415),
        )
    },
    f"{_EXECUTIONS}/highthroughput": {
        "post": _call(
            "triggerHighThroughput",
            "Trigger a campaign of the high-throughput lane; recipients are of type external.",
            202,
            _ACCEPTED,
            body="Trigger",
            statuses=(404, 413, 415),
        )
    },
    f"{_EXECUTIONS}/audience": {
        "post": _call(
            "triggerAudience",
            "Trigger a campaign for an audience, now or at `schedule.executeAt`.",
            202,
            {"anyOf": [_ACCEPTED, _SCHEDULED]},
            body="AudienceCall",
            statuses=(404, 409, 413, 415),
        )
    },
    f"{_EXECUTIONS}/audience/{{executionId}}": {
        "get": _call(
            "getAudienceExecution",
            "How an execution for an audience stands.",
            200,
            _AUDIENCE_EXECUTION,
            path="executionId",
            statuses=(404,),
        )
    },
    f"{_EXECUTIONS}/schedules/{{scheduleId}}": {
        "get": _call("getSchedule", "A schedule.", 200, OBJECT, path=_SCHEDULE_PATH, statuses=(404,)),
        "delete": _call(
            "deleteSchedule", "Cancel a schedule.", 200, OBJECT, path=_SCHEDULE_PATH, statuses=(404, 409)
        ),
    },
    "/ajo/im/health": {
        "get": {
            "operationId": "health",
            "summary": "Whether triggers can be accepted.",
            "tags": ["ajo"],
            "security": [],
            "responses": {"200": _answer(record(status={"const": "UP"})), **refusals({400, 503})},
        }
    },
    "/ims/token/v3": {
        "post": {
            "operationId": "token",
            "summary": "A token of an hour for a key's id and secret (OAuth client credentials).",
            "tags": ["ajo"],
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": _TOKEN_FORM}},
            },
            "responses": {"200": _answer(_TOKEN), **refusals({400, 401, 413, 415, 503})},
        }
    },
}
