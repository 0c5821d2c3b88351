"""The chapter on audiences: one call, three hundred people, and a pause in the middle."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from consumer.audiences import control
from consumer.audiences.calls import AudienceCalls
from consumer.audiences.definitions import apply
from consumer.audiences.status import Status
from consumer.campaigns import lifecycle
from consumer.campaigns.registry import Registry
from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line
from consumer.store.audience_executions import StoredExecution
from consumer.store.database import Database
from demo.screen import Screen
from demo.stage import SETTLE_SECONDS, Stage, running_engine
from schemas.audience import read_audience
from schemas.campaign import CampaignFile
from schemas.profile import ProfileLine

_PEOPLE: Final = 300
_SILENT: Final = 10
"""Of these, who did not opt in."""
_PER_SECOND: Final = 150
_BEFORE_THE_PAUSE: Final = 100
_LOOK_SECONDS: Final = 0.05

_CAMPAIGN: Final = {
    "id": "newsletter",
    "title": "The newsletter of July",
    "type": "marketing",
    "namespace": "email",
    "audience": "readers",
    "throttle": _PER_SECOND,
    "channels": {
        "email": {
            "configuration": "acme-marketing",
            "content": {
                "en": {"subject": "News for {{ profile.person.name.firstName }}", "text": "It is July."}
            },
        }
    },
}
_AUDIENCE: Final = {
    "id": "readers",
    "title": "Readers of the newsletter",
    "where": [{"attribute": "newsletter", "is": True}],
}


async def send_to_an_audience(stage: Stage, screen: Screen) -> Sequence[str]:
    """A newsletter is paused, and goes on with those who have not got it."""
    screen.heading(f"One call, {_PEOPLE} people, and a pause in the middle")
    await _prepare(stage.database)
    before = len(stage.chronicle().deliveries)
    async with running_engine(stage.settings, "audience"):
        execution = await _execute(stage.database)
        screen.say(
            f"  clarion audiences execute newsletter: {_PER_SECOND} a second, to the audience “readers”."
        )
        await _until(stage.database, execution, lambda status: status.delivered >= _BEFORE_THE_PAUSE)
        paused = await control.pause(stage.database, str(execution.id))
        screen.say(f"  Paused: {paused.delivered} were sent a message, {paused.not_sent} were not.")
        await control.resume(stage.database, str(execution.id))
        status = await _until(stage.database, execution, lambda status: status.state != "InProgress")
    await stage.read_until(lambda story: len(story.deliveries) - before >= status.delivered)
    delivered = len(stage.chronicle().deliveries) - before
    screen.say(
        f"  Resumed, and done: of {status.targeted} people, {status.delivered} were sent one message each, "
        f"and {status.excluded} did not opt in.",
        "green",
    )
    counts = (status.targeted, status.delivered, status.excluded, delivered)
    if counts == (_PEOPLE, _PEOPLE - _SILENT, _SILENT, _PEOPLE - _SILENT) and paused.in_flight == 0:
        return []
    return [f"The newsletter's counts are {status.counts()}, and {delivered} deliveries are on the topics."]


async def _prepare(database: Database) -> None:
    await import_lines(database, [Line(number, _reader(number)) for number in range(1, _PEOPLE + 1)])
    await apply(database, read_audience(_AUDIENCE))
    await lifecycle.apply(database, CampaignFile.model_validate(_CAMPAIGN), activate=True)


def _reader(number: int) -> ProfileLine:
    answer = "n" if number <= _SILENT else "y"
    return ProfileLine.model_validate(
        {
            "identities": [{"namespace": "email", "id": f"reader-{number}@example.com"}],
            "attributes": {"newsletter": True, "person": {"name": {"firstName": f"Reader {number}"}}},
            "consents": {"marketing": {"email": {"val": answer}}},
        }
    )


async def _execute(database: Database) -> StoredExecution:
    call = orjson.dumps({"campaignId": "newsletter", "requestId": "newsletter-july"})
    accepted = await AudienceCalls(database, Registry(database)).accept(call, "the demo")
    assert isinstance(accepted, StoredExecution)
    return accepted


async def _until(database: Database, execution: StoredExecution, is_so: Callable[[Status], bool]) -> Status:
    """Its status once that is so; at the deadline, as it is."""
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while True:
        status = await control.show(database, str(execution.id))
        if is_so(status) or asyncio.get_running_loop().time() > deadline:
            return status
        await asyncio.sleep(_LOOK_SECONDS)
