"""A batch on the express way: what is made of its records, and which are left to the rules.

What it writes to the database carries the coordinates of the record that caused it, as what the rules write.
So a record can be left at any time, even after its claim: it is only decided again, as a retry.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Record, place_of
from consumer.rules.address_keys import address_keys
from consumer.rules.campaign import Campaign
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.store.work import Address, Claim, Identity, StoredProfile, Work
from consumer.triggers.batch import OUTPUT_BYTES_MAX
from consumer.triggers.claims import fingerprint
from consumer.triggers.execution import Execution
from consumer.triggers.express.forms import Forms
from consumer.triggers.express.make import Made, make
from consumer.triggers.express.names import Names, name
from consumer.triggers.express.read import Item, read
from consumer.triggers.terms import Terms
from schemas.ids import DeliveryId
from schemas.place import Place
from schemas.trigger import Trigger


class ExpressBatch:
    def __init__(self, records: Sequence[Record], ownership: Ownership, terms: Terms, now: datetime) -> None:
        self.made: list[Made | None] = [None] * len(records)
        """What comes of each record; None for one that is left."""
        self.begun: dict[Place, Execution] = {}
        """Those that are left, where they had to be looked at."""
        self._records = records
        self._ownership = ownership
        self._before = replace(ownership, attempted=dict(ownership.attempted))
        self._claimed: set[Place] = set()
        self._terms = terms
        self._now = now
        self._items: list[Item | None] = []

    def is_retry(self, record: Record) -> bool:
        """Whether a record that is left may have claims and profiles: of an earlier try, or of this one."""
        return self._before.is_retry(record) or place_of(record) in self._claimed

    def read(
        self,
        campaign_of: Callable[[str], Campaign | None],
        refused: Collection[Place],
        begin: Callable[[Record], Execution],
    ) -> bool:
        """Read the records; False when all of them are left."""
        if self._must_leave_all():
            return False
        forms = Forms(campaign_of, self._terms, self._now)
        self._items = [self._read(record, forms, refused) for record in self._records]
        if self._terms.has_database:
            self._leave_repeats(begin)
        return any(self._items)

    def _must_leave_all(self) -> bool:
        """An allow list is asked for each address, and a cap may count every message to a person."""
        terms = self._terms
        is_counted = terms.has_database and terms.rule_sets is not None and terms.rule_sets.count_everything
        return is_counted or terms.allow_list is not None

    def _read(self, record: Record, forms: Forms, refused: Collection[Place]) -> Item | None:
        if refused and place_of(record) in refused:
            return None
        # What an earlier try may have claimed is released by the rules.
        if self._terms.has_database and self._ownership.is_retry(record):
            return None
        try:
            return read(record, forms)
        except Exception:  # noqa: BLE001 - whatever it is, the rules say it
            return None

    def _leave_repeats(self, begin: Callable[[Record], Execution]) -> None:
        """Of a request that comes twice the first record claims, also where one of them is left."""
        times = Counter([(item.form.campaign.id, item.request_id) for item in self._items if item])
        for record, item in zip(self._records, self._items, strict=True):
            if item is None:
                execution = self.begun[place_of(record)] = begin(record)
                if isinstance(read := execution.call.read, Trigger):
                    times[read.campaign_id, read.request_id] += 1
        if len(times) < len(self._items):
            self._items = [
                item if item and times[item.form.campaign.id, item.request_id] == 1 else None
                for item in self._items
            ]

    async def execute(self, store: BatchStore) -> None:
        """Make what can be made, and claim it. Raises the errors of consumer.store but those of data."""
        try:
            await self._make(store)
            if any(self.made):
                await self._leave_suppressed(store)
                await self._claim(store)
        except DatabaseDataError:
            # The rules find the record.
            self.made = [None] * len(self._records)

    async def _make(self, store: BatchStore) -> None:
        profiles = await store.find_profiles(self._identities()) if self._terms.has_database else {}
        names = name([item for item in self._items if item])
        self.made = [item and self._made(item, next(names), profiles) for item in self._items]
        self._items.clear()
        if sum([made.size for made in self.made if made]) > OUTPUT_BYTES_MAX:
            self.made = [None] * len(self._records)

    def _identities(self) -> Iterator[Identity]:
        return (
            (recipient.namespace, recipient.user_id)
            for item in self._items
            if item
            for recipient in item.recipients
            if not recipient.external
        )

    def _made(self, item: Item, names: Names, profiles: Mapping[Identity, StoredProfile]) -> Made | None:
        try:
            return make(item, names, profiles, self._terms, self._now)
        except Exception:  # noqa: BLE001 - as above
            return None

    async def _leave_suppressed(self, store: BatchStore) -> None:
        if not self._terms.has_database:
            return
        keys = [self._keys(made) for made in self.made]
        suppressed = await store.find_suppressions(key for each in keys for key in each)
        if suppressed:
            self.made = [
                None if any(key in suppressed for key in each) else made
                for made, each in zip(self.made, keys, strict=True)
            ]

    def _keys(self, made: Made | None) -> list[Address]:
        region = self._terms.policy.phone_region
        return [
            (sent.channel, key)
            for sent in (made.sent if made else ())
            for key in address_keys(sent.channel, sent.address, region)
        ]

    async def _claim(self, store: BatchStore) -> None:
        claims: dict[DeliveryId, Claim] = {}
        for made in self.made if self._terms.has_database else ():
            if made:
                owner = place_of(made.item.record)
                self._claimed.add(owner)
                for sent in made.sent:
                    claims[sent.id] = Claim(owner, fingerprint(sent.recipient))
        ownership = self._ownership
        attempted = ownership.note_attempt(self._records)
        written = await store.write(
            Work(ownership.group_id, ownership.topic, ownership.epochs, attempted, {}, [], claims)
        )
        if lost := written.lost_claims:
            self.made = [
                made if made and not any(sent.id in lost for sent in made.sent) else None
                for made in self.made
            ]
