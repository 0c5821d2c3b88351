"""The filters for lists and objects; at the end, all filters. That list is the whole list.

Where an author writes attribute="order.id", the grammar puts an Attribute in its place.
"""
# ruff: noqa: FBT001, FBT002 - authors give filters' arguments by position

from operator import itemgetter
from typing import Final

from consumer.template.conditions import TESTS
from consumer.template.evaluation import Evaluation, Missing, Refusal
from consumer.template.filters import VALUE_FILTERS
from consumer.template.lookups import Keys, lookup
from consumer.template.operators import Function, add, bounded, concatenate, number

Attribute = tuple[Keys, str]
"""The keys to follow in each item, and the path to report if one is missing."""


def plucked(evaluation: Evaluation, value: object, attribute: Attribute | None) -> list[object]:
    items = evaluation.listed(value)
    return [lookup(evaluation, item, *attribute) for item in items] if attribute else items


def join(evaluation: Evaluation, value: object, d: object = "", attribute: Attribute | None = None) -> str:
    texts = [evaluation.text(item) for item in plucked(evaluation, value, attribute)]
    separator = evaluation.text(d)
    evaluation.spend(sum(map(len, texts)) + len(separator) * len(texts))
    separated = [part for text in texts for part in (separator, text)][1:]
    return concatenate(evaluation, *separated)


def sort(
    evaluation: Evaluation,
    value: object,
    reverse: bool = False,
    case_sensitive: bool = False,
    attribute: Attribute | None = None,
) -> list[object]:
    keys = _keys(evaluation, plucked(evaluation, value, attribute), case_sensitive)
    evaluation.weigh(keys, times=len(keys).bit_length())
    pairs = sorted(zip(keys, evaluation.listed(value), strict=True), key=itemgetter(0), reverse=reverse)
    return [item for _, item in pairs]


def unique(
    evaluation: Evaluation, value: object, case_sensitive: bool = False, attribute: Attribute | None = None
) -> list[object]:
    keys = _keys(evaluation, plucked(evaluation, value, attribute), case_sensitive)
    firsts: dict[object, object] = {}
    for key, item in zip(keys, evaluation.listed(value), strict=True):
        firsts.setdefault(key, item)
    return list(firsts.values())


def least(
    evaluation: Evaluation, value: object, case_sensitive: bool = False, attribute: Attribute | None = None
) -> object:
    return _end(sort(evaluation, value, case_sensitive=case_sensitive, attribute=attribute), 0)


def greatest(
    evaluation: Evaluation, value: object, case_sensitive: bool = False, attribute: Attribute | None = None
) -> object:
    return _end(sort(evaluation, value, case_sensitive=case_sensitive, attribute=attribute), -1)


def _end(ordered: list[object], index: int) -> object:
    if not ordered:
        raise Refusal("the least or greatest item of an empty list")
    return ordered[index]


def _keys(evaluation: Evaluation, keys: list[object], case_sensitive: bool) -> list[object]:
    evaluation.weigh(keys)
    return [key.lower() if isinstance(key, str) and not case_sensitive else key for key in keys]


def total(
    evaluation: Evaluation, value: object, attribute: Attribute | None = None, start: object = 0
) -> object:
    result: object = number(start)
    for item in plucked(evaluation, value, attribute):
        result = add(evaluation, result, number(item))
    return result


def pairs_of(evaluation: Evaluation, value: object) -> list[object]:
    evaluation.listed(value)
    return [[key, item] for key, item in _object(value).items()]


def dictsort(
    evaluation: Evaluation,
    value: object,
    case_sensitive: bool = False,
    by: str = "key",
    reverse: bool = False,
) -> list[object]:
    if by not in {"key", "value"}:
        raise Refusal("dictsort by something other than key and value")
    attribute = ((0 if by == "key" else 1,), by)
    return sort(evaluation, pairs_of(evaluation, value), reverse, case_sensitive, attribute)


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Refusal("the keys or values of something that is not an object")
    return value


def size(_: Evaluation, value: object) -> int:
    if not isinstance(value, str | list | dict):
        raise Refusal("the length of something that is not a list, an object or a text")
    return len(value)


def mapped(
    evaluation: Evaluation,
    value: object,
    filter_name: str | None = None,
    *args: object,
    attribute: Attribute | None = None,
    default: object = None,
) -> list[object]:
    items = plucked(evaluation, value, attribute)
    if default is not None:
        items = [default if isinstance(item, Missing) else item for item in items]
    return [FILTERS[filter_name](evaluation, item, *args) for item in items] if filter_name else items


def _selecting(*, wanted: bool) -> tuple[Function, Function]:
    def selectattr(
        evaluation: Evaluation,
        value: object,
        attribute: Attribute | None,
        test_name: str = "",
        *args: object,
    ) -> list[object]:
        keys = plucked(evaluation, value, attribute)
        truths = (TESTS[test_name](evaluation, key, *args) if test_name else key for key in keys)
        chosen = zip(evaluation.listed(value), truths, strict=True)
        return [item for item, truth in chosen if bool(truth) is wanted]

    def select(evaluation: Evaluation, value: object, test_name: str = "", *args: object) -> list[object]:
        return selectattr(evaluation, value, None, test_name, *args)

    return bounded(select), bounded(selectattr)


_select, _selectattr = _selecting(wanted=True)
_reject, _rejectattr = _selecting(wanted=False)

FILTERS: Final[dict[str, Function]] = VALUE_FILTERS | {
    "length": bounded(size),
    "count": bounded(size),
    "list": bounded(lambda evaluation, value: list(evaluation.listed(value))),
    "reverse": bounded(
        lambda evaluation, value: value[::-1] if isinstance(value, str) else evaluation.listed(value)[::-1]
    ),
    "join": bounded(join),
    "sort": bounded(sort),
    "unique": bounded(unique),
    "min": bounded(least),
    "max": bounded(greatest),
    "sum": bounded(total),
    "items": bounded(pairs_of),
    "dictsort": bounded(dictsort),
    "map": bounded(mapped),
    "select": _select,
    "selectattr": _selectattr,
    "reject": _reject,
    "rejectattr": _rejectattr,
}
