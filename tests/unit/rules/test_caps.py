"""Frequency caps: windows by the calendar and rolling ones, and that nobody is ever over or wrongly under."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.caps import Capped, build_cap, find_capped, microseconds
from consumer.rules.periods import Unit, next_period, period_start, window_end, window_start
from schemas.channel import Channel
from schemas.rule_set import Cap
from tests.unit.rules.test_quiet_hours import INSTANTS, ZONES


class Use(NamedTuple):
    at: int
    channel: str
    rule_set: str | None


STOCKHOLM = ZoneInfo("Europe/Stockholm")
UNITS = st.sampled_from(["hour", "day", "week", "month"])
INSTANT = timedelta(microseconds=1)


def cap(**fields: Any) -> Cap:
    return Cap.model_validate({"channels": ["email"], "atMost": 1, "per": "day", **fields})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


def use(at: str, channel: Channel = Channel.EMAIL, rule_set: str | None = "gentle") -> Use:
    return Use(microseconds(local(at)), channel, rule_set)


def capped(at: str, uses: list[Use], *caps: Cap) -> Capped | None:
    built = [build_cap(each) for each in caps]
    return find_capped(built, "gentle", Channel.EMAIL, uses, now=local(at), zone=STOCKHOLM)


def free_at(at: str, uses: list[Use], *caps: Cap) -> str | None:
    found = capped(at, uses, *caps)
    return found and found.free_at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("fields", "used", "now", "expected"),
    [
        ({}, "2026-06-03 00:00", "2026-06-03 23:59:59", "2026-06-04 00:00"),
        ({}, "2026-06-03 23:59:59", "2026-06-04 00:00", None),
        ({"per": "hour"}, "2026-06-03 12:59", "2026-06-03 13:00", None),
        # Monday, 1 June 2026.
        ({"per": "week"}, "2026-06-01 00:00", "2026-06-07 23:59", "2026-06-08 00:00"),
        ({"per": "week"}, "2026-05-31 23:59", "2026-06-01 00:00", None),
        ({"per": "month"}, "2026-06-01 00:00", "2026-06-30 23:59", "2026-07-01 00:00"),
        ({"per": "month"}, "2026-12-31 12:00", "2026-12-31 13:00", "2027-01-01 00:00"),
        ({"per": "month"}, "2028-02-29 12:00", "2028-02-29 13:00", "2028-03-01 00:00"),
        ({"every": 2}, "2026-06-03 12:00", "2026-06-04 23:59", "2026-06-05 00:00"),
        ({"every": 2}, "2026-06-03 12:00", "2026-06-05 00:00", None),
        ({"rolling": True}, "2026-06-03 12:00", "2026-06-04 11:59:59", "2026-06-04 12:00"),
        ({"rolling": True}, "2026-06-03 12:00", "2026-06-04 12:00", None),
        # 23 and 25 hours: a calendar's day follows the clocks, a rolling one does not.
        ({}, "2026-03-29 00:00", "2026-03-29 23:59", "2026-03-30 00:00"),
        ({"rolling": True}, "2026-10-25 00:30", "2026-10-25 23:00", "2026-10-25 23:30"),
    ],
)
def test_a_window_ends_when_it_should(
    fields: dict[str, Any], used: str, now: str, expected: str | None
) -> None:
    assert free_at(now, [use(used)], cap(**fields)) == expected


def test_it_is_free_when_enough_have_left_the_window_not_when_the_first_has() -> None:
    """Three were sent while more were allowed: two must leave before one more may be sent."""
    uses = [use("2026-06-03 08:00"), use("2026-06-03 09:00"), use("2026-06-03 10:00")]
    found = capped("2026-06-03 12:00", uses, cap(atMost=2, rolling=True))
    assert found
    assert (found.counted, found.number) == (3, 1)
    assert free_at("2026-06-03 12:00", uses, cap(atMost=2, rolling=True)) == "2026-06-04 09:00"


def test_channels_of_a_cap_are_counted_together_and_others_not() -> None:
    sms = [use("2026-06-03 08:00", Channel.SMS)]
    assert capped("2026-06-03 12:00", sms, cap(channels=["email", "sms"]))
    assert not capped("2026-06-03 12:00", sms, cap())
    assert not capped("2026-06-03 12:00", [use("2026-06-03 08:00")], cap(channels=["sms"]))


@pytest.mark.parametrize("rule_set", [None, "other"])
def test_what_other_campaigns_sent_counts_only_where_all_counts(rule_set: str | None) -> None:
    uses = [use("2026-06-03 08:00", rule_set=rule_set)]
    assert not capped("2026-06-03 12:00", uses, cap())
    assert capped("2026-06-03 12:00", uses, cap(counts="all"))


def test_the_first_cap_that_is_reached_is_named() -> None:
    found = capped("2026-06-03 12:00", [use("2026-06-03 08:00")], cap(atMost=2), cap(per="week"), cap())
    assert found
    assert found.number == 2


@given(ZONES, INSTANTS, UNITS)
def test_periods_follow_one_another_without_a_gap(zone: ZoneInfo, at: datetime, unit: Unit) -> None:
    start = period_start(at, unit, zone)
    end = next_period(start, unit, zone)
    assert start <= at < end
    assert period_start(start, unit, zone) == start
    assert period_start(end - INSTANT, unit, zone) == start
    assert period_start(end, unit, zone) == end


@given(ZONES, INSTANTS, UNITS, st.integers(1, 4), st.integers(0, 4_000_000))
def test_what_is_in_the_window_leaves_it_at_its_end(
    zone: ZoneInfo, at: datetime, unit: Unit, every: int, later: int
) -> None:
    now = at + timedelta(seconds=later)
    assert (at >= window_start(now, unit, every, zone)) == (now < window_end(at, unit, every, zone))


CAPS = st.builds(
    cap,
    atMost=st.integers(1, 4),
    per=UNITS,
    every=st.integers(1, 3),
    rolling=st.booleans(),
)


@given(ZONES, INSTANTS, CAPS, st.lists(st.integers(0, 500_000), max_size=40))
def test_who_asks_before_each_message_is_never_over_and_never_wrongly_under(
    zone: ZoneInfo, first: datetime, written: Cap, pauses: list[int]
) -> None:
    built, now, sent = build_cap(written), first, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        uses = [Use(microseconds(at), "email", "gentle") for at in sent]
        found = find_capped([built], "gentle", Channel.EMAIL, uses, now=now, zone=zone)
        if written.rolling:
            seconds = {"hour": 3600, "day": 86400, "week": 604800, "month": 2592000}[written.per]
            recent = [at for at in sent if (now - at).total_seconds() < written.every * seconds]
        else:
            recent = [at for at in sent if now < window_end(at, written.per, written.every, zone)]
        assert bool(found) == (len(recent) >= written.at_most)
        if found is None:
            sent.append(now)
        else:
            assert now < found.free_at
            again = find_capped([built], "gentle", Channel.EMAIL, uses, now=found.free_at, zone=zone)
            assert again is None
