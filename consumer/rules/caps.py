"""Frequency caps: whether a person has had as many messages as a rule set allows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from consumer.rules.periods import LENGTHS, Unit, window_end, window_start
from schemas.channel import Channel
from schemas.rule_set import Cap as WrittenCap

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cap:
    channels: frozenset[Channel]
    at_most: int
    per: Unit
    every: int
    rolling: bool
    counts_all: bool

    @property
    def length(self) -> timedelta:
        """Of its window, or a little more."""
        return self.every * LENGTHS[self.per] + timedelta(days=2 + self.every)


class Use(Protocol):
    """A message that a person was given: what caps count."""

    @property
    def at(self) -> int:
        """Microseconds since 1970."""

    @property
    def channel(self) -> str: ...

    @property
    def rule_set(self) -> str | None:
        """That of its campaign, if it has one; a transactional campaign has none."""


class Capped(NamedTuple):
    cap: Cap
    number: int
    """Which of the rule set's, from 1."""
    counted: int
    free_at: datetime
    """When the next message is possible, unless others come before. UTC."""


def build_cap(written: WrittenCap) -> Cap:
    return Cap(
        frozenset(written.channels),
        written.at_most,
        written.per,
        written.every,
        written.rolling,
        written.counts == "all",
    )


def find_capped(
    caps: Sequence[Cap],
    rule_set: str,
    channel: Channel,
    uses: Collection[Use],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Capped | None:
    """Rule 16: the first cap that one more message by this channel would exceed; None when there is none.

    `uses` are what the person was given so far, `zone` the rule set's.
    """
    for number, cap in enumerate(caps, start=1):
        if channel not in cap.channels:
            continue
        start = _window_start(now, cap.per, cap.every, None if cap.rolling else zone)
        counted = [
            use.at
            for use in uses
            if use.at >= start
            and use.channel in cap.channels
            and (cap.counts_all or use.rule_set == rule_set)
        ]
        if len(counted) >= cap.at_most:
            # The cap is free again once so many have left the window that one fewer is in it.
            last = _moment(sorted(counted)[-cap.at_most])
            return Capped(cap, number, len(counted), _leaves_at(last, cap, zone))
    return None


# A batch has one time of decision.
@lru_cache(maxsize=1_024)
def _window_start(now: datetime, per: Unit, every: int, zone: ZoneInfo | None) -> int:
    """The first microsecond of the window; without a zone, of one that rolls."""
    if zone is None:
        return microseconds(now - every * LENGTHS[per]) + 1
    return microseconds(window_start(now, per, every, zone))


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _moment(at: int) -> datetime:
    return _EPOCH + at * _MICROSECOND


def _leaves_at(at: datetime, cap: Cap, zone: ZoneInfo) -> datetime:
    if cap.rolling:
        return at + cap.every * LENGTHS[cap.per]
    return window_end(at, cap.per, cap.every, zone)


def describe(cap: Cap) -> str:
    """`at most 2 messages by email and sms per week`."""
    what = "1 message" if cap.at_most == 1 else f"{cap.at_most:,} messages"
    channels = " and ".join(sorted(cap.channels))
    per = f"per {cap.per}" if cap.every == 1 else f"in {cap.every} {cap.per}s"
    return f"at most {what} by {channels} {per}{' (rolling)' if cap.rolling else ''}"
