"""What stands in a path or behind its question mark. Nothing is taken that is not declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from gateway.api.kinds import CURSOR, MOMENT, NAME, Kind, whole
from gateway.api.refusal import RefusalError, invalid
from gateway.problem import Problem

PAGE: Final = 50
PAGE_MAX: Final = 500
_FIELDS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: Kind
    description: str
    place: Literal["query", "path"] = "query"
    is_repeatable: bool = False
    """Its value is then a list."""
    default: object = None


LIMIT: Final = Parameter("limit", whole(1, PAGE_MAX), "Rows on a page.", default=PAGE)
AFTER: Final = Parameter("after", CURSOR, "The next page, as the Link header of this one names it.")
SINCE: Final = Parameter("since", MOMENT, "At or after this time (RFC 3339), or an age such as 2h.")
UNTIL: Final = Parameter("until", MOMENT, "Before this time (RFC 3339), or an age such as 2h.")
CAMPAIGN: Final = Parameter("id", NAME, "The campaign's id.", "path")


def read_values(parameters: Sequence[Parameter], path: Mapping[str, str], query: bytes) -> dict[str, Any]:
    """The value of each parameter, its default where it is not given.

    Raises RefusalError that names every value that cannot be read, and every parameter that there is not.
    """
    faults: dict[str, str] = {}
    values: dict[str, Any] = {}
    given = _given(query)
    in_query = {each.name: each for each in parameters if each.place == "query"}
    for name in given.keys() - in_query.keys():
        faults[name] = _unknown(name, in_query)
    for parameter in parameters:
        texts = [path[parameter.name]] if parameter.place == "path" else given.get(parameter.name, [])
        try:
            values[parameter.name] = _read(parameter, texts)
        except ValueError as error:
            faults[parameter.name] = str(error)
    if faults:
        named = ", ".join(sorted(faults))
        raise RefusalError(invalid(f"These parameters cannot be used: {named}.", faults))
    return values


def _given(query: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
    except ValueError:
        raise RefusalError(
            Problem(400, "malformed", "The request cannot be read", "The query is not UTF-8, or has no end.")
        ) from None
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    return given


def _read(parameter: Parameter, texts: Sequence[str]) -> object:
    if parameter.is_repeatable:
        return [parameter.kind.read(text) for text in texts]
    if len(texts) > 1:
        raise ValueError("It is given more than once.")
    return parameter.kind.read(texts[0]) if texts else parameter.default


def _unknown(name: str, known: Mapping[str, Parameter]) -> str:
    if near := get_close_matches(name, known, n=1, cutoff=0.6):
        return f"There is no such parameter; did you mean '{near[0]}'?"
    return f"There is no such parameter; there are {', '.join(known)}." if known else "There are none here."
