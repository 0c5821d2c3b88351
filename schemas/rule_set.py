"""Rule sets as people write them: quiet hours and frequency caps for marketing campaigns."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.trigger_wire import Name
from schemas.written import Line, Written
from schemas.zone import ZoneName

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_A_DAY: Final = 24 * 60

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
EndOfSlot = Annotated[str, StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


def _written_date(value: object) -> object:
    # pydantic would take a number for the days or seconds since 1970, and a time for its date.
    if isinstance(value, date):
        return value
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        raise ValueError(f"there is no date {value!r}; write it as 2026-12-24") from None
    if found is None or found.isoformat() != value or not 2000 <= found.year < 3000:  # noqa: PLR2004
        raise ValueError("write a date of this millennium as 2026-12-24")
    return found


CalendarDate = Annotated[date, BeforeValidator(_written_date)]
ChannelList = Annotated[list[Channel], Field(min_length=1, max_length=len(Channel))]


class QuietHours(Written):
    """One slot: on these days of the week or dates, else every day; from and to left out: the whole day."""

    channels: ChannelList
    days: Annotated[list[Day], Field(min_length=1, max_length=7)] | None = None
    dates: Annotated[list[CalendarDate], Field(min_length=1, max_length=366)] | None = None
    from_: TimeOfDay | None = Field(default=None, alias="from", description="Local time, inclusive.")
    to: EndOfSlot | None = Field(
        default=None, description="Local time, exclusive; not after `from`: of the next day."
    )
    then: Literal["hold", "drop"] = Field(
        description="hold: the message waits until the quiet hours end. drop: the person is excluded."
    )

    @model_validator(mode="after")
    def _is_a_slot(self) -> Self:
        if self.days and self.dates:
            raise ValueError("give days or dates, not both; write two slots")
        if (self.from_ is None) != (self.to is None):
            raise ValueError("give both from and to, or neither for the whole day")
        if self.from_ is not None and self.from_ == self.to:
            raise ValueError("from and to are the same; leave both out for the whole day")
        return self

    @property
    def minutes(self) -> tuple[int, int]:
        """Beginning and end in minutes of local time since the midnight on which its day begins."""
        if self.from_ is None or self.to is None:
            return 0, MINUTES_OF_A_DAY
        begin, end = _minutes(self.from_), _minutes(self.to)
        return begin, end if end > begin else end + MINUTES_OF_A_DAY


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


EVERY_MAX: Final = {"hour": 168, "day": 90, "week": 26, "month": 12}


class Cap(Written):
    """At most so many messages to one person, by these channels together."""

    channels: ChannelList
    at_most: Annotated[int, Field(ge=1, le=1_000)]
    per: Literal["hour", "day", "week", "month"]
    every: Annotated[int, Field(ge=1)] = Field(default=1, description="In so many periods together.")
    rolling: bool = Field(
        default=False,
        description="Back from the moment, not by the calendar; a month is 30 days then.",
    )
    counts: Literal["marketing", "all"] = Field(
        default="marketing",
        description="marketing: what campaigns with this rule set send. all: whatever is sent to the person.",
    )

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.every > (most := EVERY_MAX[self.per]):
            raise ValueError(f"every: at most {most} for {self.per}")
        return self


class RuleSetFile(Written):
    """One rule set, as in config/rule-sets/*.yaml."""

    id: Name
    title: Line | None = None
    timezone: ZoneName = Field(description="For people whose profile names none, and for caps' calendars.")
    quiet_hours: Annotated[list[QuietHours], Field(max_length=50)] = Field(default=[])
    caps: Annotated[list[Cap], Field(max_length=20)] = Field(default=[])

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        if not self.quiet_hours and not self.caps:
            raise ValueError("a rule set needs quietHours, caps or both")
        for channel in Channel:
            if _covers_the_week([slot for slot in self.quiet_hours if _holds_weekly(slot, channel)]):
                raise ValueError(f"quietHours: {channel} would be held for ever; leave some time of the week")
        return self

    def definition(self) -> JsonObject:
        """What is stored: equal for files that mean the same."""
        return self.model_dump(mode="json", exclude_none=True)


def _holds_weekly(slot: QuietHours, channel: Channel) -> bool:
    return slot.then == "hold" and slot.dates is None and channel in slot.channels


def _covers_the_week(slots: list[QuietHours]) -> bool:
    week = len(DAYS) * MINUTES_OF_A_DAY
    quiet = bytearray(week)
    for slot in slots:
        begin, end = slot.minutes
        for day in slot.days or DAYS:
            for minute in range(begin, end):
                quiet[(DAYS.index(day) * MINUTES_OF_A_DAY + minute) % week] = 1
    return all(quiet)
