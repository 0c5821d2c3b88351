"""What an audience asks of a profile: conditions as values, read from what a person wrote."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.channel import Channel

Scalar = str | int | float | bool


class Operator(StrEnum):
    IS = "is"
    IS_NOT = "isNot"
    IN = "in"
    STARTS_WITH = "startsWith"
    CONTAINS = "contains"
    AT_LEAST = "atLeast"
    AT_MOST = "atMost"
    BEFORE = "before"
    AFTER = "after"
    WITHIN = "within"
    EXISTS = "exists"


Operand = Scalar | datetime | timedelta | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A comparison of a profile's attribute."""

    path: tuple[str, ...]
    """Names of members, from the outermost; a number is also a position in a list."""
    operator: Operator
    operand: Operand
    """Of the kind that the operator compares with; see `schemas.audience`."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The profile's consent to marketing on the channel."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Attribute | Consent | All | AnyOf | Not
