"""What compiled templates work with while they render: the variables, what was missing, the work left.

Every value in a template is a str (or Markup), int, float, bool, None, list, dict or Missing. Nothing
else can be reached, so there is no method, class or function for a template to climb to.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from jinja2 import pass_context
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup, escape

from consumer.template.printing import json_pieces, print_scalar

WORK_LIMIT: Final = 10_000_000
"""What one render may do, in characters handled: under a second, and some tens of megabytes."""

STEP: Final = 20
"""The work of evaluating one node or visiting one item: about 100 ns, as handling 20 characters takes."""


_SPECIAL: Final = re.compile("[&<>\"']").search


class Refusal(Exception):  # noqa: N818 - render() returns a refusal as a value: it is no error of ours
    """A sentence on what the template did wrong. It never holds a variable's value: those are secrets."""


class TooLargeError(Exception):
    """The texts of one message are longer than they may be."""


class Missing:
    """A variable that is not there: real use notes its path, then goes on harmlessly to find the others."""

    __slots__ = ("_evaluation", "path")

    def __init__(self, evaluation: "Evaluation", path: str) -> None:
        self._evaluation = evaluation
        self.path = path

    def use(self) -> None:
        self._evaluation.missing[self.path] = None

    def __bool__(self) -> bool:
        self.use()
        return False

    def __eq__(self, other: object) -> bool:
        return bool(self)

    def __lt__(self, other: object) -> bool:
        return bool(self)

    def __gt__(self, other: object) -> bool:
        return bool(self)

    def __hash__(self) -> int:
        return int(bool(self))

    def __iter__(self) -> Iterator[object]:
        self.use()
        return iter(())


class Evaluation(Context):
    """One render of all parts of one message.

    It stands in for Jinja's own context, which a template without include, import, block and macro
    does not need: 0.3 us for all parts instead of 6 for each. Names a part sets stay its own: they live in
    the compiled function, and `vars`, which it also writes, is never read.
    """

    def __init__(self, variables: Mapping[str, object], work: int = WORK_LIMIT) -> None:
        self.variables = variables
        self.vars = {}
        self.exported_vars = set()
        self.missing: dict[str, None] = {}
        self.work = work
        self.room = 0
        """Characters that may still be printed."""

    def resolve_or_missing(self, key: str) -> object:
        return self.variables.get(key, missing)

    def spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise Refusal("too much work for one message (loops, or text made longer and longer)")

    def weigh(self, value: object, times: int = 1) -> None:
        """Pay for going through a value to its depths, before it is compared or sorted."""
        heap = [value]
        while heap:
            item = heap.pop()
            if isinstance(item, list | dict):
                self.spend(times * STEP * (len(item) + 1))
                heap.extend(item if isinstance(item, list) else item.values())
            elif isinstance(item, str):
                self.spend(times * len(item))

    def listed(self, value: object, cost: int = STEP) -> list[object]:
        """What a loop goes through: a list's items, an object's keys, a text's characters; each paid for."""
        if isinstance(value, list | dict | str):
            self.spend(cost * len(value))
            return value if isinstance(value, list) else list(value)
        if isinstance(value, Missing):
            return list(value)
        raise Refusal("only lists, objects and texts can be gone through item by item")

    def text(self, value: object) -> str:
        """A value as it is printed: a text as it is, everything else as JSON writes it."""
        if isinstance(value, str):
            return value
        if isinstance(value, Missing):
            value.use()
            return ""
        if isinstance(value, list | dict):
            return self.json(value)
        return _print_scalar(value)

    def json(self, value: object) -> str:
        # Piece by piece: a list of lists of one shared list can be small in memory and endless in print.
        chunks = []
        for chunk in json_pieces(value, _print_scalar):
            self.spend(3 * STEP + len(chunk))
            chunks.append(chunk)
        return "".join(chunks)


def _print_scalar(value: object) -> str:
    if isinstance(value, Missing):
        value.use()
        return "null"
    try:
        return print_scalar(value)
    except TypeError:
        raise Refusal("a value that is not data was printed") from None


@pass_context
def printed(evaluation: Evaluation, value: object) -> str:
    """Jinja's finalize: what is written of a value, within the room that is left."""
    text = value if type(value) is str else evaluation.text(value)
    evaluation.room -= len(text)
    if evaluation.room < 0:
        raise TooLargeError
    return text


@pass_context
def printed_in_html(evaluation: Evaluation, value: object) -> str:
    # As printed() does, not by it: a call costs as much as all that it does.
    text = value if type(value) is str else evaluation.text(value)
    evaluation.room -= len(text)
    if evaluation.room < 0:
        raise TooLargeError
    # Most values need no escaping, and a look is a third of what it costs.
    return escape(text) if _SPECIAL(text) and not isinstance(text, Markup) else text
