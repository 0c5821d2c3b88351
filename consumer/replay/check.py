"""One chosen letter: ready to be written back, or refused before anything of it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.letter import DeadLetter
from consumer.kafka.errors import TopicMissingError
from consumer.kafka.record import Record
from consumer.kafka.topics import LANES, Topics
from consumer.replay.changes import Change
from consumer.replay.destination import Destination, Destinations
from consumer.replay.edit import Edit, Edited
from consumer.replay.outgoing import ReplayRecord, Run, replayed, resolution
from consumer.replay.refusal import RefusalError, Refused, Why
from consumer.triggers.call import read_call
from schemas.reasons import Reason

MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be replayed, and how."""

    choice: Choice
    run: Run
    edit: Edit | None = None
    max_attempts: int = MAX_ATTEMPTS
    """A letter that has had so many tries in all is refused."""
    force: bool = False
    """Replay garbage, and what a change makes unreadable."""
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    letter: DeadLetter
    trigger: ReplayRecord
    resolution: ReplayRecord
    changes: Sequence[Change] = ()


class Checker:
    def __init__(self, topics: Topics, destinations: Destinations, order: Order) -> None:
        self._topics = topics
        self._destinations = destinations
        self._order = order

    async def check(self, letter: DeadLetter, record: Record) -> Ready | Refused:
        """Raises TopicMissingError when there is no topic for resolutions."""
        try:
            self._check_letter(letter, record)
            return await self._prepare(letter, record)
        except RefusalError as refusal:
            return Refused(letter.at, refusal.why, str(refusal))

    def _check_letter(self, letter: DeadLetter, record: Record) -> None:
        order = self._order
        if letter.is_foreign:
            raise RefusalError(
                Why.FOREIGN, "Its headers are not those of a dead letter of Clarion's; it can be discarded."
            )
        # What was held has not failed.
        if letter.attempt >= order.max_attempts and not letter.is_held:
            raise RefusalError(
                Why.ATTEMPTS, f"It has had {letter.attempt} tries in all; --max-attempts allows more."
            )
        if record.value is None and not order.force:
            raise RefusalError(Why.GARBAGE, "It has no value; its detail says whether the original had one.")
        if letter.reason == Reason.MALFORMED and not order.force and not order.edit:
            raise RefusalError(
                Why.GARBAGE, "Its value cannot be read, so it would only fail again; --force replays it."
            )

    async def _prepare(self, letter: DeadLetter, record: Record) -> Ready:
        order = self._order
        origin = await self._origin(letter)
        edited = order.edit.apply(letter, record.value, force=order.force) if order.edit else None
        ready = Ready(
            letter,
            replayed(letter, record, origin, edited),
            await self._resolution(letter, edited),
            edited.changes if edited else (),
        )
        _check_origin(letter, record, ready.trigger)
        for outgoing in (ready.trigger, ready.resolution):
            if outgoing.is_too_large:
                topic, bytes_max = outgoing.destination.topic, outgoing.destination.batch_bytes_max
                raise RefusalError(
                    Why.TOO_LARGE,
                    f"It needs {outgoing.size:,} bytes, and max.message.bytes of {topic} is {bytes_max:,}; "
                    "raise that.",
                )
        return ready

    async def _origin(self, letter: DeadLetter) -> Destination:
        topic = letter.origin.place.topic if letter.origin else ""
        # A producer can forge these headers, and must not have us write to whatever topic it likes.
        if topic not in {self._topics.triggers(lane) for lane in LANES}:
            raise RefusalError(
                Why.NO_TOPIC, f"Its origin {topic!r} is no trigger topic of this installation."
            )
        if destination := await self._destinations.find(topic):
            return destination
        raise RefusalError(Why.NO_TOPIC, f"Its topic {topic} is gone; `clarion topics create` makes it.")

    async def _resolution(self, letter: DeadLetter, edited: Edited | None) -> ReplayRecord:
        topic = self._topics.resolutions
        if not (destination := await self._destinations.find(topic)):
            raise TopicMissingError(topic)
        patch = edited.patch if edited else None
        return resolution(letter, destination, self._order.run, "replay", datetime.now(UTC), patch=patch)


def _check_origin(letter: DeadLetter, record: Record, outgoing: ReplayRecord) -> None:
    """Whether a consumer will take it for the replay that it is.

    Else it would execute a partly failed trigger for everybody: those who have their message, too.
    """
    again = replace(
        record, topic=outgoing.destination.topic, value=outgoing.value, headers=tuple(outgoing.headers)
    )
    if read_call(again).origin.attempt != letter.attempt + 1:
        raise RefusalError(Why.FOREIGN, "Its failures name nobody among its recipients; it can be discarded.")
