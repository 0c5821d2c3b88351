"""The live campaigns in memory, and how they are kept true: by listening, by polling, by asking again."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

import structlog

from consumer.campaigns.allow_list import HeldAllowList
from consumer.campaigns.rule_sets import HeldRuleSets
from consumer.campaigns.state import CampaignState, Unexecutable, live_version, read_state, with_senders
from consumer.monitoring.progress import Progress
from consumer.rules.allow_list import AllowList
from consumer.rules.campaign import Campaign
from consumer.rules.rule_set import RuleSets
from consumer.store import registry as store
from consumer.store.database import Database
from consumer.store.errors import DatabaseError
from consumer.store.registry import AnyConnection, StoredState

log = structlog.get_logger()

_PAGE = 200
"""Campaigns read and built at a time: about 20 ms, in which the event loop does nothing else."""
_RETRY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Entry:
    revision: int
    state: CampaignState


class Registry:
    """What consumers know of campaigns: `follow` keeps it true to a second, `read_afresh` to the instant."""

    def __init__(self, database: Database, *, poll_seconds: float = 3.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._heard = asyncio.Event()
        self._looked_at = float("-inf")
        self._entries: dict[str, _Entry] = {}
        self._revision = 0
        """All changes to campaigns up to this one are in memory."""
        self._configurations_revision = 0
        self._seen_revision = 0
        """The newest of all: a change need not be one to campaigns."""
        self._allow_list = HeldAllowList()
        self._rule_sets = HeldRuleSets()

    @property
    def allow_list(self) -> AllowList | None:
        """The addresses that alone may be messaged; None while every address may."""
        return self._allow_list.current

    @property
    def rule_sets(self) -> RuleSets:
        """Another object after each change."""
        return self._rule_sets.current

    async def read_rule_sets_afresh(self) -> RuleSets:
        """As they are right now. Raises the errors of consumer.store."""
        async with self._database.connection() as connection:
            await self._rule_sets.catch_up(connection)
        return self.rule_sets

    def campaign(self, campaign_id: str) -> Campaign | None:
        """The live version, as far as is known; on None, `read_afresh` gives the truth."""
        entry = self._entries.get(campaign_id)
        return entry.state if entry and isinstance(entry.state, Campaign) else None

    def visible(self, may_see: Callable[[str, Collection[str]], bool]) -> set[str]:
        """The ids of the campaigns, of any status, that somebody may see, as `Principal.may_see` says."""
        return {id_ for id_, entry in self._entries.items() if may_see(id_, entry.state.labels)}

    @property
    def age_seconds(self) -> float:
        """The time since the last successful look at the database; infinite before the first load."""
        return monotonic() - self._looked_at

    async def load(self) -> None:
        """Read all campaigns, rule sets and the allow list. Raises the errors of consumer.store."""
        async with self._database.connection() as connection:
            await self._catch_up(connection)

    async def read_afresh(self, campaign_ids: Collection[str]) -> dict[str, CampaignState | None]:
        """How these campaigns stand right now, by one statement; None for those that do not exist.

        Raises the errors of consumer.store.
        """
        held = {id_: entry.state for id_ in campaign_ids if (entry := self._entries.get(id_))}
        versions = {id_: live_version(held.get(id_)) for id_ in campaign_ids}
        async with self._database.connection() as connection:
            states = await store.read_states(connection, versions)
        answers: dict[str, CampaignState | None] = dict.fromkeys(campaign_ids)
        answers.update((stored.id, self._learn(stored, held.get(stored.id))) for stored in states)
        return answers

    async def follow(self) -> None:
        """Keep the campaigns true until cancelled. A database that is away is waited for.

        A server that begins or ends to take writes has been promoted or replaced: it is chosen again.
        """
        delay, following = _RETRY_SECONDS, Progress("following the campaigns")
        while True:
            try:
                async with store.listening(self._database, self._heard.set) as connection:
                    takes_writes = await store.takes_writes(connection)
                    # The first look comes after LISTEN: what changed before it sent no notification here.
                    while not connection.is_closed() and await store.takes_writes(connection) == takes_writes:
                        await self._look(connection)
                        delay = _RETRY_SECONDS
                        following.done(is_more=False)
            except DatabaseError as error:
                following.hindered("database", error)
            await asyncio.sleep(delay)
            delay = min(2 * delay, self._poll_seconds)

    async def _look(self, connection: AnyConnection) -> None:
        """Look once, then wait for a notification, but not for long: one can get lost."""
        self._heard.clear()
        await self._catch_up(connection)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._heard.wait()

    async def _catch_up(self, connection: AnyConnection) -> None:
        began = monotonic()
        revision = await store.read_revision(connection)
        if revision < max(self._seen_revision, self._revision, self._configurations_revision):
            # Revisions never fall, so this is another database: a backup was restored.
            log.warning("registry restored, reading all of it again")
            self.forget()
        self._seen_revision = revision
        await self._allow_list.catch_up(connection)
        # Before the campaigns that name them.
        await self._rule_sets.catch_up(connection)
        await self._read_configurations(connection)
        while states := await store.read_changed(connection, self._revision, _PAGE):
            for stored in states:
                self._learn(stored, None)
            self._revision = states[-1].revision
            # Many campaigns can take seconds, for which the emergency brake cannot wait.
            await self._allow_list.catch_up(connection)
        self._looked_at = began

    def forget(self) -> None:
        """Hold no campaign, so that the next look reads whatever there is, older or newer."""
        self._entries.clear()
        self._revision = self._configurations_revision = self._seen_revision = 0

    async def _read_configurations(self, connection: AnyConnection) -> None:
        """Give campaigns in memory their new senders; campaigns read from now on come with theirs."""
        revision, changed = await store.read_changed_configurations(connection, self._configurations_revision)
        for id_, entry in self._entries.items() if changed else ():
            if isinstance(entry.state, Campaign):
                self._entries[id_] = replace(entry, state=with_senders(entry.state, changed))
        self._configurations_revision = revision

    def _learn(self, stored: StoredState, held: CampaignState | None) -> CampaignState:
        """Take over what was read, unless something newer was learnt while it was on its way.

        `held` is what the reader had when it asked: a live version that it had is not sent again.
        """
        entry = self._entries.get(stored.id)
        if entry and entry.revision >= stored.revision and not isinstance(entry.state, Unexecutable):
            return entry.state
        state = _unchanged(stored, entry.state if entry else held) or read_state(stored)
        if isinstance(state, Unexecutable):
            log.error("campaign cannot be built", campaign=stored.id, problem=state.problem)
        self._entries[stored.id] = _Entry(stored.revision, state)
        return state


def _unchanged(stored: StoredState, state: CampaignState | None) -> Campaign | None:
    """The campaign as it is in memory, its templates compiled, when the same version of it is still live."""
    if stored.status == "live" and isinstance(state, Campaign) and state.version == stored.version:
        return state
    return None
