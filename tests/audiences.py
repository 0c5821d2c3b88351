"""Audiences, profiles and executions for tests."""

from collections.abc import Iterable
from typing import Any

import orjson

from consumer.audiences import control
from consumer.audiences.calls import AudienceCalls
from consumer.audiences.definitions import apply
from consumer.audiences.status import document
from consumer.campaigns.registry import Registry
from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line
from consumer.store.audience_executions import StoredExecution
from consumer.store.database import Database
from schemas.audience import read_audience
from schemas.profile import ProfileLine
from tests.installation import Installation, eventually

Json = dict[str, Any]
EVERYBODY: Json = {"attribute": "group", "is": "all"}


def person(name: str, **changes: Any) -> Json:
    """A profile's line: an e-mail address, a group, and consent."""
    return {
        "identities": [{"namespace": "email", "id": f"{name}@example.com"}],
        "attributes": {"group": "all"},
        "consents": {"marketing": {"email": {"val": "y"}}},
        **changes,
    }


async def import_people(database: Database, people: Iterable[Json]) -> None:
    lines = [Line(number, ProfileLine.model_validate(line)) for number, line in enumerate(people, 1)]
    for first in range(0, len(lines), 500):
        assert not (await import_lines(database, lines[first : first + 500])).problems


async def apply_audience(database: Database, where: Any = EVERYBODY, id_: str = "everybody") -> None:
    conditions = where if isinstance(where, list) else [where]
    await apply(database, read_audience({"id": id_, "title": "Some people", "where": conditions}))


async def execute(installation: Installation, **changes: Any) -> StoredExecution:
    """Execute the campaign `welcome` for the audience `everybody`."""
    call = {"campaignId": "welcome", "audience": {"id": "everybody"}, "context": {"name": "you"}, **changes}
    calls = AudienceCalls(installation.database, Registry(installation.database))
    accepted = await calls.accept(orjson.dumps(call), "test")
    assert isinstance(accepted, StoredExecution), accepted
    return accepted


async def status_of(installation: Installation, execution: StoredExecution) -> Json:
    return document(await control.show(installation.database, str(execution.id)))


async def ended(installation: Installation, execution: StoredExecution) -> Json:
    """Its status once it has ended."""

    async def has_ended() -> Json | None:
        status = await status_of(installation, execution)
        return status if status["status"] != "InProgress" else None

    status: Json = await eventually(has_ended)
    return status


def adds_up(status: Json) -> bool:
    counts = status["counts"]
    parts = ("delivered", "excluded", "rejected", "notSent", "withoutIdentity")
    return bool(counts["targeted"] == sum(counts[part] for part in parts))
