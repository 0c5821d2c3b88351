"""What conditions mean, written again in Python: the tests compare the SQL with it."""

import re
from datetime import UTC, datetime
from typing import Any

from schemas.conditions import All, AnyOf, Attribute, Condition, Consent, Not, Operator

MISSING: Any = None


def holds(condition: Condition, attributes: Any, consents: Any) -> bool:
    match condition:
        case All(parts):
            return all(holds(part, attributes, consents) for part in parts)
        case AnyOf(parts):
            return any(holds(part, attributes, consents) for part in parts)
        case Not(part):
            return not holds(part, attributes, consents)
        case Consent(channel):
            return bool(_at(consents, ("marketing", channel.value, "val")) == "y")
        case Attribute():
            return bool(_compare(_at(attributes, condition.path), condition.operator, condition.operand))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif (
            isinstance(value, list)
            and re.fullmatch(r"-?\d{1,9}", step)
            and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            return MISSING
    return value


def _compare(value: Any, operator: Operator, operand: Any) -> Any:  # noqa: C901, PLR0911 - a case for each
    if operator is Operator.EXISTS:
        return (value is not MISSING) == operand
    if operator is Operator.IS_NOT:
        return not _equal(value, operand)
    if value is MISSING:
        return False
    match operator:
        case Operator.IS:
            return _equal(value, operand)
        case Operator.IN:
            return any(_equal(value, each) for each in operand)
        case Operator.STARTS_WITH:
            return isinstance(value, str) and value.startswith(operand)
        case Operator.CONTAINS if isinstance(value, str):
            return isinstance(operand, str) and operand in value
        case Operator.CONTAINS:
            return isinstance(value, list) and any(_equal(each, operand) for each in value)
        case Operator.AT_LEAST:
            return _is_number(value) and value >= operand
        case Operator.AT_MOST:
            return _is_number(value) and value <= operand
    moment = _moment(value)
    if moment is None:
        return False
    if operator is Operator.WITHIN:
        return abs(datetime.now(UTC) - moment) <= operand
    return moment < operand if operator is Operator.BEFORE else moment > operand


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(value: Any, operand: Any) -> bool:
    return isinstance(value, bool) == isinstance(operand, bool) and bool(value == operand)


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None
