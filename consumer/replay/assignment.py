"""`--set`: `context.name=Alice` puts a string, `context.count:=3` puts JSON, `context.old:=null` removes."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

from schemas.json import InvalidJsonError, MalformedJsonError, read_json

_PATH: Final = re.compile(r"[^.\[\]]+(?:\[\d{1,4}\])*(?:\.[^.\[\]]+(?:\[\d{1,4}\])*)*")
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class UnassignableError(ValueError):
    """The document has no such place."""


@dataclass(frozen=True, slots=True)
class Assignment:
    path: str
    value: object
    """None removes the member."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        path, equals, value = text.partition("=")
        is_json = path.endswith(":")
        path = path.removesuffix(":")
        if not equals or not _PATH.fullmatch(path):
            raise ValueError(
                f"{text!r}: write it as recipients[0].context.name=VALUE, or with := before a JSON value"
            )
        if not is_json:
            return cls(path, value)
        try:
            return cls(path, read_json(value.encode(errors="surrogateescape")))
        except MalformedJsonError as error:
            raise ValueError(f"{text!r}: after := JSON is expected: {error}") from None
        except InvalidJsonError as error:
            raise ValueError(f"{text!r}: {error}") from None

    def apply(self, document: object) -> None:
        """Change the document. Objects on the way are made, array elements are not.

        Raises UnassignableError.
        """
        steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(self.path)]
        place: Any = document
        for step, following in pairwise(steps):
            self._check(place, step)
            # Null counts as absent.
            if isinstance(following, str) and isinstance(place, dict) and place.get(step) is None:
                place[step] = {}
            place = place.get(step) if isinstance(place, dict) else place[step]
        self._check(place, steps[-1])
        if self.value is None and isinstance(place, dict):
            place.pop(steps[-1], None)
        else:
            place[steps[-1]] = self.value

    def _check(self, place: object, step: str | int) -> None:
        is_member = isinstance(place, dict) and isinstance(step, str)
        is_element = isinstance(place, list) and isinstance(step, int) and step < len(place)
        if not is_member and not is_element:
            raise UnassignableError(f"the trigger has no place for {self.path} (at {step!r})")
