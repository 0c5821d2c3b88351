"""Quiet hours in every zone, also on the days on which clocks are changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.quiet_hours import Quiet, build_slot, find_next_begin, find_quiet
from schemas.channel import Channel
from schemas.rule_set import QuietHours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
# Summer time; by half an hour; over midnight; without it; a day that never was (Samoa, 30 December 2011).
ZONES = st.sampled_from(
    [
        *("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"),
        *("America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca", "UTC"),
    ]
).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MINUTES = st.integers(0, 24 * 60 - 1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def slot(**fields: Any) -> QuietHours:
    return QuietHours.model_validate({"channels": ["sms"], "then": "hold", **fields})


def quiet(at: str | datetime, *slots: QuietHours, zone: ZoneInfo = STOCKHOLM) -> Quiet | None:
    """At a local time of the zone, or an instant."""
    now = datetime.fromisoformat(at).replace(tzinfo=zone) if isinstance(at, str) else at
    return find_quiet(tuple(map(build_slot, slots)), Channel.SMS, zone, now.astimezone(UTC))


def until(at: str, *slots: QuietHours, zone: ZoneInfo = STOCKHOLM) -> str | None:
    """When it ends, as local time."""
    found = quiet(at, *slots, zone=zone)
    return found and found.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")


NIGHT = slot(**{"from": "21:00", "to": "08:00"})


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-06-01 20:59:59", None),
        ("2026-06-01 21:00", "2026-06-02 08:00"),
        ("2026-06-02 00:00", "2026-06-02 08:00"),
        ("2026-06-02 07:59:59", "2026-06-02 08:00"),
        ("2026-06-02 08:00", None),
    ],
)
def test_a_night_begins_inclusive_and_ends_exclusive(at: str, end: str | None) -> None:
    assert until(at, NIGHT) == end


def test_a_slot_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday = slot(days=["fri"], **{"from": "21:00", "to": "08:00"})
    assert until("2026-06-05 22:00", friday) == "2026-06-06 08:00"  # Friday
    assert until("2026-06-06 07:00", friday) == "2026-06-06 08:00"
    assert until("2026-06-05 07:00", friday) is None
    assert until("2026-06-06 22:00", friday) is None


def test_a_date_is_the_whole_day_where_the_person_lives() -> None:
    christmas = slot(dates=["2026-12-24"])
    assert until("2026-12-24 00:00", christmas) == "2026-12-25 00:00"
    assert until("2026-12-24 23:59:59", christmas) == "2026-12-25 00:00"
    assert until("2026-12-25 00:00", christmas) is None
    tokyo = ZoneInfo("Asia/Tokyo")
    assert quiet(datetime(2026, 12, 23, 15, tzinfo=UTC), christmas, zone=tokyo)
    assert not quiet(datetime(2026, 12, 23, 15, tzinfo=UTC), christmas)


def test_a_leap_day_is_a_day_and_other_years_have_none() -> None:
    leap = slot(dates=["2028-02-29"], **{"from": "12:00", "to": "13:00"})
    assert until("2028-02-29 12:30", leap) == "2028-02-29 13:00"
    assert until("2027-03-01 12:30", leap) is None
    with pytest.raises(ValueError, match="no date '2027-02-29'"):
        slot(dates=["2027-02-29"])


def test_slots_that_follow_without_a_gap_are_one() -> None:
    evening, morning = slot(**{"from": "21:00", "to": "24:00"}), slot(**{"from": "00:00", "to": "08:00"})
    assert until("2026-06-01 22:00", evening, morning) == "2026-06-02 08:00"
    weekend = slot(days=["sat", "sun"])
    assert until("2026-06-05 22:00", NIGHT, weekend) == "2026-06-08 08:00"


def test_the_first_slot_that_is_on_decides_and_only_its_channels_are_quiet() -> None:
    drop = slot(then="drop", **{"from": "22:00", "to": "23:00"})
    assert quiet("2026-06-01 22:30", drop, NIGHT) == Quiet("drop", datetime(2026, 6, 1, 21, tzinfo=UTC), 1)
    found = quiet("2026-06-01 22:30", NIGHT, drop)
    assert found
    assert (found.then, found.slot) == ("hold", 1)
    assert not quiet("2026-06-01 22:30", slot(channels=["push", "email"]))


@pytest.mark.parametrize(
    ("at", "slots", "end"),
    [
        # Clocks go from 02:00 to 03:00 on 29 March 2026: 02:30 counts as 03:00.
        ("2026-03-29 01:59", {"from": "01:00", "to": "02:30"}, "2026-03-29 03:00"),
        ("2026-03-29 03:00", {"from": "02:30", "to": "04:00"}, "2026-03-29 04:00"),
        ("2026-03-29 03:00", {"from": "02:10", "to": "02:50"}, None),
        # And from 03:00 back to 02:00 on 25 October: from the first 02:30, to the second.
        ("2026-10-25 02:30", {"from": "02:30", "to": "04:00"}, "2026-10-25 04:00"),
        ("2026-10-25 02:15", {"from": "02:30", "to": "04:00"}, None),
        ("2026-10-25 02:15", {"from": "01:00", "to": "02:30"}, "2026-10-25 02:30"),
    ],
)
def test_a_time_that_is_not_there_or_there_twice(at: str, slots: dict[str, str], end: str | None) -> None:
    assert until(at, slot(**slots)) == end


def test_the_second_time_that_the_clock_shows_it_ends_the_slot() -> None:
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 in summer time, 02:45 again an hour later
    early = slot(**{"from": "01:00", "to": "02:30"})
    assert quiet(first, early) == Quiet("hold", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1)


@given(ZONES, INSTANTS, MINUTES, MINUTES, st.sets(st.sampled_from(WEEKDAYS), min_size=1))
def test_whenever_the_clock_shows_a_time_of_the_slot_it_is_quiet(
    zone: ZoneInfo, now: datetime, begin: int, end: int, days: set[str]
) -> None:
    if begin == end:
        return
    written = slot(days=sorted(days), **{"from": clock(begin), "to": clock(end)})
    local = now.astimezone(zone)
    minute = 60 * local.hour + local.minute
    if begin < end:
        shown = begin <= minute < end and WEEKDAYS[local.weekday()] in days
    else:
        shown = (minute >= begin and WEEKDAYS[local.weekday()] in days) or (
            minute < end and WEEKDAYS[local.weekday() - 1] in days and _had_yesterday(local)
        )
    if shown:
        assert quiet(now, written, zone=zone)


def _had_yesterday(local: datetime) -> bool:
    """Samoa left out 30 December 2011."""
    yesterday = (local - timedelta(days=1)).date()
    return yesterday != date(2011, 12, 30) or str(local.tzinfo) != "Pacific/Apia"


@given(ZONES, INSTANTS, MINUTES, MINUTES)
def test_at_its_end_a_slot_is_over_and_a_moment_before_it_is_on(
    zone: ZoneInfo, now: datetime, begin: int, end: int
) -> None:
    if begin == end:
        return
    written = slot(**{"from": clock(begin), "to": clock(end)})
    if found := quiet(now, written, zone=zone):
        assert now < found.until <= now + timedelta(hours=26)
        assert quiet(found.until - timedelta(microseconds=1), written, zone=zone)
        assert quiet(found.until, written, zone=zone) is None


@given(ZONES, INSTANTS, MINUTES, MINUTES)
def test_until_the_next_begin_it_is_not_quiet_and_then_it_is(
    zone: ZoneInfo, now: datetime, begin: int, end: int
) -> None:
    if begin == end:
        return
    slots = (build_slot(slot(**{"from": clock(begin), "to": clock(end)})),)
    following = find_next_begin(slots, Channel.SMS, zone, now)
    if following and not find_quiet(slots, Channel.SMS, zone, now):
        just_before = following - timedelta(microseconds=1)
        assert not find_quiet(slots, Channel.SMS, zone, max(now, just_before))
        assert find_quiet(slots, Channel.SMS, zone, following) or _is_jump(following, zone)


def _is_jump(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks change then: a slot that lies in what they jump over is empty."""
    return at.astimezone(zone).utcoffset() != (at - timedelta(seconds=1)).astimezone(zone).utcoffset()
