"""What the operators of conditions compare with, each of its kind."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Final, TypeGuard

from schemas.conditions import Operand, Operator, Scalar
from schemas.duration import parse_duration
from schemas.moment import read_moment

LIST_MAX: Final = 1_000
"""Values of one `in`."""
TEXT_CHARACTERS_MAX: Final = 1_000


def read_operand(operator: Operator, value: object) -> Operand:
    """Raises ValueError with what it must be."""
    return _OPERANDS[operator](value)


def why_not_a_text(value: str, most: int) -> str | None:
    """What keeps the text from being stored, if anything."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return "must not contain U+0000 or half a surrogate pair, which cannot be stored"
    if len(value) > most:
        return f"has {len(value):,} characters; at most {most:,} are allowed"
    return None


def _is_scalar(value: object) -> TypeGuard[Scalar]:
    return isinstance(value, str | int | float | bool)


def _scalar(value: object) -> Scalar:
    if not _is_scalar(value):
        raise ValueError("must be a text, a number, true or false")
    if isinstance(value, str) and (problem := why_not_a_text(value, TEXT_CHARACTERS_MAX)):
        raise ValueError(problem)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("must not be an integer beyond 64 bits")
    return value


def _scalars(value: object) -> tuple[Scalar, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= LIST_MAX:
        raise ValueError(f"must be a list of 1 to {LIST_MAX:,} values")
    return tuple(map(_scalar, value))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return str(_scalar(value))


def _number(value: object) -> Scalar:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 - a mistake with its place
    return _scalar(value)


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                return datetime.combine(date.fromisoformat(value), time(), UTC)
            return read_moment(value)
        except ValueError:
            pass
    raise ValueError("write a day, such as 2026-06-01 (UTC), or a moment with its zone: 2026-06-01T12:00:00Z")


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - a mistake with its place
    return value


_OPERANDS: Final[Mapping[Operator, Callable[[object], Operand]]] = {
    Operator.IS: _scalar,
    Operator.IS_NOT: _scalar,
    Operator.IN: _scalars,
    Operator.STARTS_WITH: _text,
    Operator.CONTAINS: _scalar,
    Operator.AT_LEAST: _number,
    Operator.AT_MOST: _number,
    Operator.BEFORE: _moment,
    Operator.AFTER: _moment,
    Operator.WITHIN: parse_duration,
    Operator.EXISTS: _boolean,
}
