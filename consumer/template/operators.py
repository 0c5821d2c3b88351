"""Operators, slices, loops and methods, as functions the rewritten template calls.

Their names here start with a dot, which no author can write as a filter's name. Each is bounded: what it
takes in is paid for, and what it gives is never more than a small multiple of that.
"""

import operator
from collections.abc import Callable
from functools import wraps
from typing import Final, SupportsIndex

from jinja2 import Undefined, pass_context
from jinja2.runtime import LoopContext
from markupsafe import Markup

from consumer.template.evaluation import STEP, Evaluation, Missing, Refusal
from consumer.template.lookups import item, lookup, name

Function = Callable[..., object]
Number = int | float

LARGEST_INTEGER: Final = 2**63
LONGEST_RANGE: Final = 10_000


def bounded(function: Function) -> Function:
    """Make a function a template may call: missing arguments are noted, the others' size is paid for."""

    @pass_context
    @wraps(function)
    def call(evaluation: Evaluation, *args: object, **kwargs: object) -> object:
        given = (*args, *kwargs.values())
        absent = [value for value in given if isinstance(value, Missing)]
        for value in absent:
            value.use()
        if absent:
            return absent[0]
        evaluation.spend(STEP + sum(len(value) for value in given if isinstance(value, str | list | dict)))
        return function(evaluation, *args, **kwargs)

    return call


def number(value: object) -> Number:
    if isinstance(value, Missing):
        value.use()
    if not isinstance(value, int | float):
        raise Refusal("arithmetic on something that is not a number")
    return value


def moderate(value: object) -> Number:
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise Refusal("a number became too large")
    return number(value)


def add(_: Evaluation, left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    return moderate(number(left) + number(right))


def power(_: Evaluation, base: object, exponent: object) -> object:
    base, exponent = number(base), number(exponent)
    # Asked before it is worked out, as 9**9**9 would not come back: the result has at least these bits.
    least_bits = (base.bit_length() - 1) * exponent if isinstance(base, int) else 0
    if least_bits > LARGEST_INTEGER.bit_length() and isinstance(exponent, int):
        raise Refusal("a number became too large")
    return moderate(base**exponent)


def _arithmetic(work_out: Callable[[Number, Number], Number]) -> Function:
    return lambda _evaluation, left, right: moderate(work_out(number(left), number(right)))


def concatenate(evaluation: Evaluation, *values: object) -> str:
    texts = [evaluation.text(value) for value in values]
    return (Markup() if any(isinstance(text, Markup) for text in texts) else "").join(texts)


def cut(_: Evaluation, value: object, *bounds: SupportsIndex | None) -> object:
    if not isinstance(value, str | list):
        raise Refusal("only lists and texts can be cut with [:]")
    return value[slice(*(None if bound is None else operator.index(bound) for bound in bounds))]


def numbers(
    evaluation: Evaluation, start: SupportsIndex, stop: SupportsIndex | None = None, step: SupportsIndex = 1
) -> list[int]:
    bounds = (0, start, step) if stop is None else (start, stop, step)
    span = range(*bounds)
    if len(span) > LONGEST_RANGE:
        raise Refusal(f"a range of more than {LONGEST_RANGE:,} numbers")
    evaluation.spend(len(span))
    return list(span)


def values(evaluation: Evaluation, value: object) -> list[object]:
    if not isinstance(value, dict):
        raise Refusal("the values of something that is not an object")
    return evaluation.listed(list(value.values()))


def cycle(_: Evaluation, index: int, *choices: object) -> object:
    return choices[index % len(choices)]


@pass_context
def each(evaluation: Evaluation, value: object, cost: int) -> list[object]:
    """What a `for` goes through, paid for beforehand."""
    return evaluation.listed(value, cost)


@pass_context
def loop(evaluation: Evaluation, current: object, attribute: str) -> object:
    """`loop.index` and the like; the grammar has checked the attribute's name."""
    value = getattr(current, attribute) if isinstance(current, LoopContext) else Undefined()
    return Missing(evaluation, f"loop.{attribute}") if isinstance(value, Undefined) else value


OPERATORS: Final[dict[str, Function]] = {
    ".lookup": lookup,
    ".name": name,
    ".item": item,
    ".each": each,
    ".loop": loop,
    ".slice": bounded(cut),
    ".range": bounded(numbers),
    ".values": bounded(values),
    ".cycle": bounded(cycle),
    ".~": bounded(concatenate),
    ".+": bounded(add),
    ".-": bounded(_arithmetic(operator.sub)),
    ".*": bounded(_arithmetic(operator.mul)),
    "./": bounded(_arithmetic(operator.truediv)),
    ".//": bounded(_arithmetic(operator.floordiv)),
    ".%": bounded(_arithmetic(operator.mod)),
    ".**": bounded(power),
}
