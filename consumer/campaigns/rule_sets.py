"""Rule sets as consumers hold them, and what commands do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from consumer.audit.record import record
from consumer.campaigns.errors import LifecycleError
from consumer.rules.rule_set import RuleSet, RuleSets, build_rule_set
from consumer.store import rule_sets as store
from consumer.store.database import Database
from consumer.store.registry import AnyConnection, changing
from consumer.store.rule_sets import RuleSetsState, StoredRuleSet
from schemas.rule_set import RuleSetFile

log = structlog.get_logger()

RULE_SETS_MAX: Final = 100
"""Every consumer holds them in memory."""


class HeldRuleSets:
    """Those in memory. The registry keeps them true, and nothing is consumed before the first load."""

    def __init__(self) -> None:
        self.current = RuleSets()
        self._state: RuleSetsState | None = None

    async def catch_up(self, connection: AnyConnection) -> None:
        """Read them again if any was changed. Raises the errors of consumer.store."""
        state = await store.read_rule_sets_state(connection)
        if state == self._state:
            return
        # Read after the state: should they be newer, the next look finds another state and reads again.
        stored = await store.list_rule_sets(connection)
        self.current = RuleSets(built for each in stored if (built := _built(each)))
        if self._state is not None:
            log.info("rule sets changed", rule_sets=len(stored))
        self._state = state


def _built(stored: StoredRuleSet) -> RuleSet | None:
    """None for one that this Clarion cannot read: what obeys it is not sent."""
    try:
        return build_rule_set(RuleSetFile.model_validate(stored.definition))
    except ValueError as error:
        log.error("rule set cannot be built", rule_set=stored.id, problem=str(error))  # noqa: TRY400 - data
        return None


@dataclass(frozen=True, slots=True)
class RuleSetView:
    stored: StoredRuleSet
    campaigns: Sequence[str]
    """Those whose live version or draft names it."""


async def apply_rule_sets(database: Database, files: Sequence[RuleSetFile]) -> list[str]:
    """Add or replace these, all or none; returns the ids of those that changed. Raises LifecycleError."""
    async with changing(database) as change:
        before = {each.id: each.definition for each in await store.list_rule_sets(change.connection)}
        changed = [file for file in files if before.get(file.id) != file.definition()]
        if len(before.keys() | {file.id for file in changed}) > RULE_SETS_MAX:
            raise LifecycleError(f"There can be {RULE_SETS_MAX} rule sets; remove some.")
        for file in changed:
            await store.write_rule_set(change, file.id, file.definition())
            await record(
                change.connection,
                "rule_set.apply",
                file.id,
                before=before.get(file.id),
                after=file.definition(),
            )
        return [file.id for file in changed]


async def remove_rule_set(database: Database, id_: str) -> None:
    """Raises LifecycleError when there is none, or while campaigns use it."""
    async with changing(database) as change:
        view = await _find(change.connection, id_)
        if view.campaigns:
            names = ", ".join(f"'{name}'" for name in view.campaigns)
            raise LifecycleError(f"The rule set '{id_}' is in use by {names}; stop or change these first.")
        await store.delete_rule_set(change, id_)
        await record(change.connection, "rule_set.remove", id_, before=view.stored.definition)


async def list_rule_sets(database: Database) -> list[RuleSetView]:
    async with database.connection() as connection:
        return [
            RuleSetView(each, await store.campaigns_with_rule_set(connection, each.id))
            for each in await store.list_rule_sets(connection)
        ]


async def find_rule_set(database: Database, id_: str) -> RuleSetView:
    """Raises LifecycleError when there is none."""
    async with database.connection() as connection:
        return await _find(connection, id_)


async def _find(connection: AnyConnection, id_: str) -> RuleSetView:
    for stored in await store.list_rule_sets(connection):
        if stored.id == id_:
            return RuleSetView(stored, await store.campaigns_with_rule_set(connection, id_))
    raise LifecycleError(f"There is no rule set '{id_}'; `clarion rules list` shows those there are.")
