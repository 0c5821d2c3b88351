"""What people write in files: every field checked, a typing error refused."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from schemas.moment import BeyondCalendarError, UtcMoment, read_moment

NO_LINE_BREAKS = r"^[^\x00-\x1f\x7f-\x9f]*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_LINE_BREAKS)]
Source = Annotated[str, StringConstraints(max_length=500_000)]
"""A template's source text."""


def refuse_unstorable(value: object) -> None:
    # PostgreSQL's jsonb cannot hold U+0000, nor the wire's JSON an integer beyond 64 bits.
    match value:
        case str() if "\x00" in value:
            raise ValueError("must not contain the character U+0000")
        case int() if not -(2**63) <= value < 2**64:
            raise ValueError("must not contain an integer beyond 64 bits")
        case dict():
            for name, member in value.items():
                refuse_unstorable(name)
                refuse_unstorable(member)
        case list():
            for element in value:
                refuse_unstorable(element)


def _written_moment(value: object) -> object:
    # pydantic would take a number, in quotes or not, for the seconds since 1970.
    if isinstance(value, str):
        try:
            return read_moment(value.strip())
        except BeyondCalendarError:
            raise
        except ValueError:
            raise ValueError(_WRITE_A_MOMENT) from None
    if isinstance(value, int | float):
        raise ValueError(_WRITE_A_MOMENT)  # noqa: TRY004 - it becomes a violation, with its path
    return value


_WRITE_A_MOMENT = "write a date and time with its zone, such as 2026-06-01T00:00:00+02:00"
Moment = Annotated[UtcMoment, BeforeValidator(_written_moment)]


class Written(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, extra="forbid", frozen=True
    )
