"""Dead letters replayed: a dry run unless it is told to execute, which is then followed by its run id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from consumer.dead_letters.choice import Choice
from consumer.keys.key import Scope
from consumer.replay.assignment import Assignment
from consumer.replay.background import follow, run_document
from consumer.replay.changes import change_document
from consumer.replay.check import MAX_ATTEMPTS, Order, Ready
from consumer.replay.edit import Edit
from consumer.replay.outgoing import Run
from consumer.replay.report import document
from consumer.replay.run import preview
from consumer.replay.watcher import ReplayWatcher
from gateway.access import hidden_campaign
from gateway.api.bodies import body_of
from gateway.api.kinds import LETTER, MOMENT, UUID_
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import Parameter
from gateway.api.refusal import RefusalError, invalid, not_found
from gateway.api.shapes import MOMENT as MOMENT_SHAPE
from gateway.api.shapes import NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from gateway.api.visibility import narrowed
from schemas.json import JsonObject
from schemas.place import LetterPlace
from schemas.reasons import Reason
from schemas.trigger_wire import Name, Text

_CHANGES_MAX: Final = 1_000
_RUN: Final = Parameter("runId", UUID_, "As the answer that began it had it.", "path")

When = Annotated[datetime, BeforeValidator(MOMENT.read), WithJsonSchema(MOMENT.shape)]
At = Annotated[LetterPlace, BeforeValidator(LETTER.read), WithJsonSchema(LETTER.shape)]
Set = Annotated[str, AfterValidator(Assignment.parse)]


class Replay(BaseModel):
    """Which letters, and how. What is empty or absent does not choose; each of the others must agree."""

    model_config = ConfigDict(extra="forbid")
    reason: list[Reason] = []
    campaign: list[Name] = []
    requestId: list[Text] = []  # noqa: N815 - the wire is camelCase
    since: When | None = None
    until: When | None = None
    at: Annotated[list[At], Field(max_length=1_000)] = []
    set: Annotated[
        list[Set], Field(max_length=100, description="PATH=VALUE, or PATH:=JSON; null removes.")
    ] = []
    patch: Annotated[JsonObject | None, Field(description="A JSON merge patch (RFC 7396).")] = None
    rate: Annotated[float | None, Field(gt=0, le=100_000, description="Letters per second.")] = None
    maxAttempts: Annotated[int, Field(ge=1, le=1_000_000)] = MAX_ATTEMPTS  # noqa: N815
    force: Annotated[bool, Field(description="Also letters that cannot be read as a trigger.")] = False
    execute: Annotated[bool, Field(description="Do it; without this it is a dry run.")] = False


REPORT: Final[Shape] = record(
    replayed=NUMBER,
    groups=array(OBJECT),
    refusals={"type": "object", "additionalProperties": NUMBER},
    refused=array(record(at=TEXT, why=TEXT, sentence=TEXT)),
)
PREVIEW: Final[Shape] = record(
    executed={"const": False},
    toReplay=NUMBER,
    groups=array(OBJECT),
    refusals=OBJECT,
    refused=array(OBJECT),
    changes=array(OBJECT),
)
RUN: Final[Shape] = record(
    runId=TEXT,
    operator=TEXT,
    status={"enum": ["running", "done", "failed", "interrupted"]},
    startedAt=MOMENT_SHAPE,
    updatedAt=MOMENT_SHAPE,
    recordsTotal=optional(NUMBER),
    recordsRead=NUMBER,
    found=NUMBER,
    problem=optional(TEXT),
    report=optional(REPORT),
)
STARTED: Final[Shape] = partial(record(executed={"const": True}, runId=TEXT, operator=TEXT, status=TEXT))


class _Changes(ReplayWatcher):
    def __init__(self) -> None:
        self.changes: list[JsonObject] = []

    def found(self, ready: Ready) -> None:
        if ready.changes and len(self.changes) < _CHANGES_MAX:
            changes = [change_document(change, reveal=False) for change in ready.changes]
            self.changes.append({"at": str(ready.letter.at), "changes": changes})


async def _replay(call: Invocation) -> Answer:
    wanted: Replay = call.body
    order = _order(call, wanted)
    if not wanted.execute:
        watcher = _Changes()
        told = document(await preview(call.services.cluster, order, watcher))
        count = told.pop("replayed")
        return Answer({"executed": False, "toReplay": count, **told, "changes": watcher.changes})
    await call.services.replays.start(order)
    run = order.run
    body = {"executed": True, "runId": run.run_id, "operator": run.operator, "status": "running"}
    return Answer(body, 202, {"Location": f"/api/v1/dead-letters/replays/{run.run_id}"})


def _order(call: Invocation, wanted: Replay) -> Order:
    campaigns = narrowed(call, frozenset(wanted.campaign))
    if campaigns is None:
        raise RefusalError(hidden_campaign())
    choice = Choice(
        frozenset(wanted.reason),
        campaigns,
        frozenset(wanted.requestId),
        wanted.since,
        wanted.until,
        frozenset(wanted.at),
    )
    assignments: Sequence[Assignment] = wanted.set  # type: ignore[assignment] # what its validator makes
    edit = Edit(tuple(assignments), wanted.patch) if assignments or wanted.patch is not None else None
    if edit and not (wanted.model_fields_set & {"reason", "campaign", "requestId", "since", "until", "at"}):
        fault = "It needs a choice of letters, such as `at` or `requestId`."
        raise RefusalError(invalid("All letters cannot be changed alike.", {"set": fault}))
    return Order(
        choice,
        Run(str(uuid4()), call.operator),
        edit,
        wanted.maxAttempts,
        wanted.force,
        wanted.rate,
    )


async def _follow(call: Invocation) -> Answer:
    run = await follow(call.services.database, call.values["runId"])
    if run is None or not (
        call.caller.sees_all or (run.campaigns and narrowed(call, frozenset(run.campaigns)))
    ):
        raise not_found("No replay by this API has this id.")
    return Answer(run_document(run))


OPERATIONS: Final = (
    Operation(
        "POST",
        "/dead-letters/replays",
        Scope.OPERATE,
        "Put dead letters back on their topics, each once: a dry run (200), or with `execute` a run (202).",
        _replay,
        {"anyOf": [PREVIEW, STARTED]},
        body=body_of(Replay),
        also=(202,),
        reads_topics=True,
    ),
    Operation(
        "GET",
        "/dead-letters/replays/{runId}",
        Scope.READ,
        "How a replay goes, and what it came to.",
        _follow,
        RUN,
        (_RUN,),
        refusals=(404,),
    ),
)
