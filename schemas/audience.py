"""An audience as people write it: every mistake found, each with its place and what was likely meant."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from schemas.channel import Channel
from schemas.conditions import (
    All,
    AnyOf,
    Attribute,
    Condition,
    Consent,
    Not,
    Operand,
    Operator,
)
from schemas.json import JsonObject
from schemas.operands import TEXT_CHARACTERS_MAX, read_operand, why_not_a_text
from schemas.trigger_wire import NAME_PATTERN
from schemas.written import NO_LINE_BREAKS

CONDITIONS_MAX: Final = 500
PATH_STEPS_MAX: Final = 20
TITLE_CHARACTERS_MAX: Final = 500
DESCRIPTION_CHARACTERS_MAX: Final = 10_000

Place = tuple[str | int, ...]
"""From the outermost key: `("where", 0, "atLeast")`."""


@dataclass(frozen=True, slots=True)
class Mistake:
    place: Place
    problem: str

    @property
    def path(self) -> str:
        """`where[0].atLeast`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return "".join(steps).lstrip(".")


@dataclass(frozen=True, slots=True)
class AudienceFile:
    """Exactly one of `where` and `members` is given."""

    id: str
    title: str
    description: str
    where: Condition | None
    members: str | None
    """The path of the list of members, as written."""
    document: JsonObject
    """The definition as it is stored."""


class AudienceMistakesError(ValueError):
    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{mistake.path}: {mistake.problem}" for mistake in self.mistakes))


_KEYS: Final = ("id", "title", "description", "where", "members")


def read_audience(document: object) -> AudienceFile:
    """The audience. Raises AudienceMistakesError with every mistake."""
    reading = _Reading()
    found = reading.mapping(document, (), _KEYS)
    id_ = reading.text(found, "id", TITLE_CHARACTERS_MAX, NAME_PATTERN, _NAME)
    title = reading.text(found, "title", TITLE_CHARACTERS_MAX, NO_LINE_BREAKS, "write it in one line")
    description = (
        reading.text(found, "description", DESCRIPTION_CHARACTERS_MAX) if "description" in found else ""
    )
    members = reading.text(found, "members", TEXT_CHARACTERS_MAX) if "members" in found else None
    where = reading.conditions(found["where"], ("where",)) if "where" in found else None
    if isinstance(document, dict) and ("where" in found) == ("members" in found):
        reading.note((), "give either `where` or `members`")
    if reading.mistakes:
        raise AudienceMistakesError(reading.mistakes)
    return AudienceFile(id_, title, description, where, members, dict(found))


def read_conditions(document: object) -> Condition:
    """Stored conditions. Raises AudienceMistakesError."""
    reading = _Reading()
    condition = reading.conditions(document, ("where",))
    if reading.mistakes:
        raise AudienceMistakesError(reading.mistakes)
    return condition


_NAME: Final = "use 1 to 64 letters, digits, `.`, `_` or `-`"
_NOTHING: Final = All(())
_ATTRIBUTE_KEYS: Final = ("attribute", *Operator)
_KINDS: Final = ("attribute", "consent", "all", "any", "not")


@dataclass(slots=True)
class _Reading:
    """Reads on after a mistake, so that all of them are found at once."""

    mistakes: list[Mistake] = field(default_factory=list)
    _count: int = 0

    def note(self, place: Place, problem: str) -> None:
        self.mistakes.append(Mistake(place, problem))

    def mapping(self, value: object, place: Place, keys: Iterable[str]) -> Mapping[str, object]:
        """The members that are known; null counts as absent."""
        if not isinstance(value, dict):
            self.note(place, "it must hold keys with their values")
            return {}
        for key in value:
            if key not in keys:
                self.note((*place, str(key)), unknown_key(str(key), keys))
        return {key: member for key, member in value.items() if key in keys and member is not None}

    def text(
        self,
        found: Mapping[str, object],
        key: str,
        most: int,
        pattern: str | None = None,
        otherwise: str = "",
    ) -> str:
        value = found.get(key)
        if value is None:
            self.note((key,), "is required")
        elif not isinstance(value, str) or not value.strip():
            self.note((key,), "must be a text")
        elif problem := why_not_a_text(value, most):
            self.note((key,), problem)
        elif pattern and not re.fullmatch(pattern, value):
            self.note((key,), otherwise)
        else:
            return value
        return ""

    # --- conditions ----------------------------------------------------------------------------------

    def conditions(self, value: object, place: Place) -> Condition:
        """A list, of which all must hold, or one condition."""
        if isinstance(value, list):
            return All(self._parts(value, place))
        return self._condition(value, place)

    def _parts(self, value: object, place: Place) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not value:
            self.note(place, "must be a list of at least one condition")
            return ()
        return tuple(self._condition(part, (*place, position)) for position, part in enumerate(value))

    def _condition(self, value: object, place: Place) -> Condition:
        self._count += 1
        if self._count == CONDITIONS_MAX + 1:
            self.note(place, f"an audience has at most {CONDITIONS_MAX} conditions")
        if not isinstance(value, dict):
            self.note(place, "a condition is written as {attribute: ..., is: ...}")
            return _NOTHING
        kinds = [kind for kind in _KINDS if kind in value]
        if len(kinds) != 1:
            known = (*_KINDS, *Operator)
            self.note(place, "a condition has exactly one of attribute, consent, all, any and not")
            for key in value:
                if key not in known:
                    self.note((*place, str(key)), unknown_key(str(key), known))
            return _NOTHING
        return _READERS[kinds[0]](self, value, place)

    def _all(self, value: JsonObject, place: Place) -> Condition:
        return All(self._parts(self.mapping(value, place, ("all",)).get("all"), (*place, "all")))

    def _any(self, value: JsonObject, place: Place) -> Condition:
        return AnyOf(self._parts(self.mapping(value, place, ("any",)).get("any"), (*place, "any")))

    def _not(self, value: JsonObject, place: Place) -> Condition:
        return Not(self.conditions(self.mapping(value, place, ("not",)).get("not"), (*place, "not")))

    def _consent(self, value: JsonObject, place: Place) -> Condition:
        channel = self.mapping(value, place, ("consent",)).get("consent")
        if channel not in tuple(Channel):
            self.note((*place, "consent"), f"must be a channel: {', '.join(Channel)}")
            return _NOTHING
        return Consent(Channel(str(channel)))

    def _attribute(self, value: JsonObject, place: Place) -> Condition:
        found = self.mapping(value, place, _ATTRIBUTE_KEYS)
        path = self._path(found.get("attribute"), (*place, "attribute"))
        compared = [Operator(key) for key in found if key != "attribute"]
        if not compared:
            self.note(place, f"compare the attribute by one of {', '.join(Operator)}")
        read = [
            Attribute(path, operator, operand)
            for operator in compared
            if (operand := self._operand(operator, found[operator], (*place, operator))) is not None
        ]
        return read[0] if len(read) == 1 else All(tuple(read))

    def _path(self, value: object, place: Place) -> tuple[str, ...]:
        if not isinstance(value, str) or why_not_a_text(value, TEXT_CHARACTERS_MAX):
            self.note(place, "must be the attribute's name, with dots between the names of nested ones")
            return ()
        steps = tuple(value.split("."))
        if not all(steps) or len(steps) > PATH_STEPS_MAX:
            self.note(place, f"must have 1 to {PATH_STEPS_MAX} names with a dot between two of them")
        return steps

    def _operand(self, operator: Operator, value: object, place: Place) -> Operand | None:
        try:
            return read_operand(operator, value)
        except ValueError as error:
            self.note(place, str(error))
            return None


_READERS: Final[Mapping[str, Callable[[_Reading, JsonObject, Place], Condition]]] = {
    "all": _Reading._all,  # noqa: SLF001 - the table of what the class reads
    "any": _Reading._any,  # noqa: SLF001
    "not": _Reading._not,  # noqa: SLF001
    "consent": _Reading._consent,  # noqa: SLF001
    "attribute": _Reading._attribute,  # noqa: SLF001
}


def unknown_key(key: str, keys: Iterable[str]) -> str:
    """`is no key here; did you mean 'startsWith'?`."""
    folded = {known.lower(): known for known in keys}
    near = get_close_matches(key.lower(), folded, n=1)
    return f"is no key here; did you mean '{folded[near[0]]}'?" if near else "is no key here"
