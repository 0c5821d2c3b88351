"""Records drawn: of which campaign, when, how often, and with which headers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final

import orjson
from aiokafka.structs import ConsumerRecord

from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from proof.ways.campaigns import START
from proof.ways.draw import Draw
from proof.ways.odd import PEOPLE
from proof.ways.values import value

PARTITIONS: Final = 3


class Records:
    """Those of a lane's topic, in the order of their offsets."""

    def __init__(self, draw: Draw, lane: str, campaigns: Sequence[str]) -> None:
        self._draw = draw
        self._topic = Topics("clarion.").triggers(lane)
        self._campaigns = campaigns
        self._usual = [id_ for id_ in campaigns if id_.startswith("fast") == (lane == "high-throughput")]
        self._offsets = dict.fromkeys(range(PARTITIONS), 0)
        self._requests = 0

    def batch(self) -> Iterator[Record]:
        for _ in range(self._draw.one(1, 2, 5, 12)):
            partition = self._draw.one(*range(PARTITIONS))
            self._offsets[partition] += 1
            yield self._record(partition, self._offsets[partition])

    def _record(self, partition: int, offset: int) -> Record:
        draw = self._draw
        written = self._value()
        at = START - timedelta(seconds=draw.or_odd(0, 0.2, [1, 599, 600, 601, 4000]))
        timestamp = draw.or_odd(int(at.timestamp() * 1000), 0.01, [-1, 2**62, 0])
        headers = tuple(_headers(draw, self._topic)) if draw.maybe(0.1) else ()
        return ConsumerRecord(
            self._topic, partition, offset, timestamp, 1, b"k", written, None, 1, 1, headers
        )

    def _value(self) -> bytes | None:
        draw = self._draw
        self._requests += 1
        if draw.maybe(0.15):
            # It comes again, in this batch or in a later one, with the same content or with another.
            again = draw.one(*range(4))
            content = Random(again) if draw.maybe(0.5) else draw.random  # noqa: S311 - repeatable
            return value(content, self._usual[again % len(self._usual)], f"again-{again}")
        campaign = draw.one(*(self._usual if draw.maybe(0.95) else self._campaigns))
        return value(draw.random, campaign, f"r-{self._requests}")


def _headers(draw: Draw, topic: str) -> Iterator[tuple[str, bytes]]:
    if draw.maybe(0.5):
        yield "traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        yield "x-other", b"\xff"
    if draw.maybe(0.7):
        yield "clarion.attempt", draw.one(b"1", b"2", b"x")
    if draw.maybe(0.7):
        yield "clarion.origin.topic", draw.one(topic.encode(), b"other")
        yield from ((f"clarion.origin.{name}", b"7") for name in ("partition", "offset", "timestamp"))
    if draw.maybe(0.4):
        failure = {
            "recipient": f"email:{draw.one(*PEOPLE)}",
            "channel": draw.one("email", "sms", None),
            "reason": "missing_address",
            "detail": "None is known.",
        }
        yield "clarion.failures", orjson.dumps([failure])
