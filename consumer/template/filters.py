"""The filters for one value: `{{ value | upper }}`. The list here is the whole list.

Jinja's, where its own are safe; replaced, where theirs can be made to use memory or time without bound.
Left out on purpose: `safe` (a trigger's text is never HTML), `random` (a re-run must render the same), and
the padding ones (`center`, `indent`, `wordwrap`), which make much out of little.
"""
# ruff: noqa: FBT001, FBT002, PLR0917 - authors give filters' arguments by position

import re
from collections.abc import Callable
from typing import Final

from jinja2 import pass_context
from jinja2.filters import do_float, do_int, do_title, do_urlencode, do_wordcount
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from consumer.template.evaluation import STEP, Evaluation, Missing, Refusal
from consumer.template.operators import Function, Number, bounded, moderate, number
from consumer.template.printing import PrintedFloat

MOST_DECIMALS: Final = 15
_DIRECTIVE: Final = re.compile(r"%(?:%|[-+ 0]?\d{0,2}(?:\.\d{0,2})?[sdf])")
"""What `format` accepts: a width of two digits, so that no `%999999999d` fills the memory."""


def default(_: Evaluation, value: object, default_value: object = "", boolean: bool = False) -> object:
    return default_value if isinstance(value, Missing) or (boolean and not value) else value


def replace(evaluation: Evaluation, value: object, old: object, new: object, count: int = -1) -> str:
    text, before, after = (evaluation.text(each) for each in (value, old, new))
    if isinstance(before, Markup) or isinstance(after, Markup):
        text = escape(text)
    evaluation.spend(text.count(before) * len(escape(after)))
    return text.replace(before, after, count)


def printf(evaluation: Evaluation, value: object, *args: object) -> str:
    text = evaluation.text(value)
    evaluation.spend(20 * STEP * text.count("%"))
    if "%" in _DIRECTIVE.sub("", text):
        raise Refusal("a format other than %s, %d and %f with a width and precision of two digits")
    return text % tuple(_argument(evaluation, arg) for arg in args)


def _argument(evaluation: Evaluation, value: object) -> object:
    if type(value) is float:
        return PrintedFloat(value)
    return value if type(value) is int else evaluation.text(value)


def split(
    evaluation: Evaluation, value: object, separator: str | None = None, most: int = -1
) -> list[object]:
    return evaluation.listed(list(evaluation.text(value).split(separator, most)))


def _stripping(strip: Callable[[str, str | None], str]) -> Function:
    def stripped(evaluation: Evaluation, value: object, chars: str | None = None) -> str:
        text = evaluation.text(value)
        evaluation.spend(len(text) * len(chars or ""))
        return strip(text, chars)

    return bounded(stripped)


def truncate(
    evaluation: Evaluation,
    value: object,
    length: int = 255,
    killwords: bool = False,
    end: str = "...",
    leeway: int = 5,
) -> str:
    text = evaluation.text(value)
    if length < len(end):
        raise Refusal("truncate to less than the length of its ending")
    if len(text) <= length + leeway:
        return text
    kept = text[: length - len(end)]
    return (kept if killwords else kept.rsplit(" ", 1)[0]) + end


def urlencode(evaluation: Evaluation, value: object) -> str:
    fields = value if isinstance(value, dict) else {"": value}
    texts = {name: evaluation.text(field) for name, field in fields.items()}
    evaluation.spend(STEP // 2 * sum(len(name) + len(text) for name, text in texts.items()))
    return do_urlencode(texts if isinstance(value, dict) else texts[""])


def rounded(_: Evaluation, value: object, precision: int = 0, method: str = "common") -> Number:
    if not -MOST_DECIMALS <= precision <= MOST_DECIMALS:
        raise Refusal(f"round to more than {MOST_DECIMALS} digits")
    if method == "common":
        return round(number(value), precision)
    if method not in {"ceil", "floor"}:
        raise Refusal("round by a method other than common, ceil and floor")
    scale = 10.0**precision
    scaled = number(value) * scale
    return (-(-scaled // 1) if method == "ceil" else scaled // 1) / scale


def escaped(evaluation: Evaluation, value: object) -> str:
    """In a plain text part the result is text like any other; in HTML it is not escaped twice."""
    return str(escape(evaluation.text(value)))


def escaped_once(evaluation: Evaluation, value: object) -> Markup:
    return escape(evaluation.text(value))


def json_for_scripts(evaluation: Evaluation, value: object) -> Markup:
    """For <script> only: inside an attribute the quotes would end it; plain `{{ value }}` is right there."""
    return htmlsafe_json_dumps(value, dumps=evaluation.json)


def _of_text(function: Function, cost: int = 0) -> Function:
    """`cost`: the work for each character, where going through them is not done in C."""

    def of_text(evaluation: Evaluation, value: object) -> object:
        text = evaluation.text(value)
        evaluation.spend(cost * len(text))
        return function(text)

    return bounded(of_text)


VALUE_FILTERS: Final[dict[str, Function]] = {
    "default": pass_context(default),
    "d": pass_context(default),
    "upper": _of_text(lambda text: text.upper()),
    "lower": _of_text(lambda text: text.lower()),
    "title": _of_text(do_title, cost=STEP // 2),
    "capitalize": _of_text(lambda text: text.capitalize()),
    "string": _of_text(lambda text: text),
    "wordcount": _of_text(do_wordcount, cost=STEP // 2),
    "trim": _stripping(lambda text, chars: text.strip(chars)),
    "truncate": bounded(truncate),
    "replace": bounded(replace),
    "format": bounded(printf),
    "urlencode": bounded(urlencode),
    "tojson": bounded(lambda evaluation, value: evaluation.json(value)),
    "e": bounded(escaped),
    "escape": bounded(escaped),
    "int": bounded(lambda _, value, default=0: moderate(do_int(value, default))),
    "float": bounded(lambda _, value, default=0.0: do_float(value, default)),
    "abs": bounded(lambda _, value: abs(number(value))),
    "round": bounded(rounded),
}

METHODS: Final[dict[str, Function]] = {
    ".lstrip": _stripping(lambda text, chars: text.lstrip(chars)),
    ".rstrip": _stripping(lambda text, chars: text.rstrip(chars)),
    ".split": bounded(split),
    ".startswith": bounded(lambda evaluation, value, start: evaluation.text(value).startswith(start)),
    ".endswith": bounded(lambda evaluation, value, end: evaluation.text(value).endswith(end)),
}
"""Methods that are no filters; `text.upper()` and the others are."""

HTML_FILTERS: Final[dict[str, Function]] = {
    "e": bounded(escaped_once),
    "escape": bounded(escaped_once),
    "tojson": bounded(json_for_scripts),
}
