"""Importing profiles: attributes are merged deeply, consents per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from consumer.audit.record import record
from consumer.profiles.lines import Line, Problem
from consumer.store import profiles as store
from consumer.store.database import Connection, Database
from consumer.store.errors import DatabaseDataError, DatabaseUnavailable
from consumer.store.profiles import Holding, Identity
from schemas.json import JsonObject, merge

_TRIES_MAX: Final = 5


@dataclass(slots=True)
class Plan:
    """What a batch of lines comes to; lines of the same person within it build on each other."""

    owners: dict[Identity, UUID]
    before: Mapping[UUID, Holding]
    after: dict[UUID, Holding] = field(default_factory=dict)
    identities: dict[Identity, UUID] = field(default_factory=dict)
    """Those that are new."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: Line) -> None:
        identities = [(identity.namespace, identity.id) for identity in line.profile.identities]
        people = {self.owners[identity] for identity in identities if identity in self.owners}
        if len(people) > 1:
            sentence = "its identities belong to different profiles, which an import does not join"
            self.problems.append(Problem(line.number, sentence))
            return
        person = people.pop() if people else uuid4()
        for identity in identities:
            if identity not in self.owners:
                self.owners[identity] = self.identities[identity] = person
        held = self.after.get(person) or self.before.get(person) or Holding({}, {})
        consents = line.profile.consents.model_dump(mode="json", exclude_unset=True)
        self.after[person] = merged(held, line.profile.attributes, consents)

    @property
    def created(self) -> dict[UUID, Holding]:
        return {person: held for person, held in self.after.items() if person not in self.before}

    @property
    def changed(self) -> dict[UUID, Holding]:
        return {
            person: held
            for person, held in self.after.items()
            if person in self.before and held != self.before[person]
        }


@dataclass(frozen=True, slots=True)
class Imported:
    created: int
    changed: int
    problems: Sequence[Problem]


async def import_lines(database: Database, lines: Sequence[Line]) -> Imported:
    """Import the lines in one transaction; those that cannot be are returned as problems."""
    for _ in range(_TRIES_MAX):
        try:
            if imported := await _try_import(database, lines):
                return imported
        except DatabaseDataError as error:
            if len(lines) == 1:
                return Imported(0, 0, [Problem(lines[0].number, str(error))])
            return await _import_halves(database, lines)
    raise DatabaseUnavailable("The same profiles are being created by others; import again.")


async def _import_halves(database: Database, lines: Sequence[Line]) -> Imported:
    """Find the line that the database refuses, and import the others."""
    middle = len(lines) // 2
    first = await import_lines(database, lines[:middle])
    second = await import_lines(database, lines[middle:])
    return Imported(
        first.created + second.created,
        first.changed + second.changed,
        [*first.problems, *second.problems],
    )


class _OvertakenError(Exception):
    """A consumer or another import has just created one of the profiles: the plan is void."""


async def _try_import(database: Database, lines: Sequence[Line]) -> Imported | None:
    try:
        async with database.transaction() as connection:
            plan = await _plan(connection, lines)
            await store.insert_profiles(connection, plan.created)
            await _insert_identities(connection, plan)
            await store.update_profiles(connection, plan.changed)
            await _record(connection, plan)
    except _OvertakenError:
        return None
    return Imported(len(plan.created), len(plan.changed), plan.problems)


async def _record(connection: Connection, plan: Plan) -> None:
    if plan.created or plan.changed:
        counts = {"created": len(plan.created), "changed": len(plan.changed)}
        await record(connection, "profile.import", "", after=counts)


async def _insert_identities(connection: Connection, plan: Plan) -> None:
    if not await store.insert_identities(connection, plan.identities):
        raise _OvertakenError


async def _plan(connection: Connection, lines: Sequence[Line]) -> Plan:
    identities = {(identity.namespace, identity.id) for line in lines for identity in line.profile.identities}
    owners = await store.find_owners(connection, identities)
    plan = Plan(owners, await store.lock_profiles(connection, set(owners.values())))
    for line in lines:
        plan.add(line)
    return plan


def merged(held: Holding, attributes: JsonObject, consents: JsonObject) -> Holding:
    """What the profile holds, with what is given merged into it."""
    return Holding(merge(held.attributes, attributes), _with_consents(held.consents, consents))


def _with_consents(held: JsonObject, given: JsonObject) -> JsonObject:
    """A channel's consent is replaced whole: its old time and reason do not belong to a new answer."""
    merged = held | given
    before, now = held.get("marketing"), given.get("marketing")
    if isinstance(before, dict) and isinstance(now, dict):
        merged["marketing"] = before | now
    return merged
