"""A campaign's experiment, and its guard: what compares treatments, and what pauses a campaign that harms."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from schemas.trigger_wire import Name
from schemas.written import Written

_PERCENT: Final = r"^\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%\s*$"
_WHOLE: Final = 100


def _read_percent(value: object) -> float:
    # A plain number could be meant as a share of one.
    match = re.fullmatch(_PERCENT, value) if isinstance(value, str) else None
    percent = float(match[1]) if match else 0.0
    if not 0 < percent <= _WHOLE:
        raise ValueError("write a percentage above 0% and up to 100%, such as 5% or 0.3%")
    return percent


Percent = Annotated[
    float,
    BeforeValidator(_read_percent),
    PlainSerializer(lambda percent: f"{percent:g}%", return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PERCENT, "examples": ["5%", "0.3%"]}),
]
"""Written as `5%`; in code 5.0."""


class Experiment(Written):
    """Who gets which treatment follows from the campaign's id, this name, and the person."""

    name: Name = Field(description="Another name assigns everybody again.")
    holdout: Annotated[float, Field(ge=0, lt=100)] = Field(
        default=0, description="Percentage of people who get no message, to compare with."
    )
    metric: Literal["opens", "clicks", "conversions"] = Field(
        default="clicks", description="What counts as a success of a treatment."
    )


class Guard(Written):
    """The campaign is paused when one of the rates is reached."""

    bounce_rate: Percent | None = Field(default=None, description="Bounces of the messages sent.")
    complaint_rate: Percent | None = Field(default=None, description="Complaints of the messages sent.")
    over: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        default=500, description="Not before so many messages have been sent."
    )

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.bounce_rate is None and self.complaint_rate is None:
            raise ValueError("a guard needs bounceRate, complaintRate or both")
        return self
