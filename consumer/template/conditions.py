"""What stands behind `is`, and behind `==`, `<` and `in`, which the grammar turns into the same tests."""

import operator
from collections.abc import Callable
from typing import Any, Final

from jinja2 import pass_context

from consumer.template.evaluation import STEP, Evaluation, Missing
from consumer.template.operators import Function, bounded, number


def _comparing(compare: Callable[[Any, Any], object]) -> Function:
    def compared(evaluation: Evaluation, left: object, right: object) -> object:
        evaluation.weigh(left)
        evaluation.weigh(right)
        return compare(left, right)

    return bounded(compared)


def contained(evaluation: Evaluation, value: object, container: object) -> bool:
    if isinstance(value, list | dict):
        evaluation.weigh(value)
        evaluation.weigh(container)
    elif isinstance(container, list):
        evaluation.spend(len(container) * (STEP + (len(value) if isinstance(value, str) else 0)))
    return value in container  # type: ignore[operator]  # render() reports a TypeError


def _of_kind(*kinds: type) -> Function:
    return bounded(lambda _, value: isinstance(value, kinds))


def _being(constant: object) -> Function:
    return bounded(lambda _, value: value is constant)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TESTS: Final[dict[str, Function]] = {
    "defined": pass_context(lambda _, value: not isinstance(value, Missing)),
    "undefined": pass_context(lambda _, value: isinstance(value, Missing)),
    "none": _being(None),
    "true": _being(True),  # noqa: FBT003 - the value itself is meant
    "false": _being(False),  # noqa: FBT003
    "boolean": _of_kind(bool),
    "float": _of_kind(float),
    "string": _of_kind(str),
    "mapping": _of_kind(dict),
    "sequence": _of_kind(list, str),
    "iterable": _of_kind(list, str, dict),
    "integer": bounded(lambda _, value: _is_number(value) and isinstance(value, int)),
    "number": bounded(lambda _, value: _is_number(value)),
    "odd": bounded(lambda _, value: number(value) % 2 == 1),
    "even": bounded(lambda _, value: number(value) % 2 == 0),
    "divisibleby": bounded(lambda _, value, divisor: number(value) % number(divisor) == 0),
    "lower": bounded(lambda evaluation, value: evaluation.text(value).islower()),
    "upper": bounded(lambda evaluation, value: evaluation.text(value).isupper()),
    "in": bounded(contained),
    **dict.fromkeys(("eq", "==", "equalto"), _comparing(operator.eq)),
    **dict.fromkeys(("ne", "!="), _comparing(operator.ne)),
    **dict.fromkeys(("lt", "<", "lessthan"), _comparing(operator.lt)),
    **dict.fromkeys(("le", "<="), _comparing(operator.le)),
    **dict.fromkeys(("gt", ">", "greaterthan"), _comparing(operator.gt)),
    **dict.fromkeys(("ge", ">="), _comparing(operator.ge)),
}
