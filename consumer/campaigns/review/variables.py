"""The variables of all templates beside one another: misspelled ones, and those that a language lacks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.table import found
from consumer.campaigns.templates import MessageSource, message_sources
from consumer.campaigns.variables import Variable, spelled
from consumer.template.names import Path
from schemas.campaign import CampaignFile

_SHORTEST: Final = 4
"""Names of fewer letters are near one another by chance."""
_NEAR: Final = 0.85
_COMPARED_MAX: Final = 200
"""Members of one object: each is compared with each."""


def review_variables(file: CampaignFile, variables: Mapping[Path, Variable]) -> Iterator[Finding]:
    yield from _review_names(file, variables)
    yield from _review_contents(file, variables)


def _review_names(file: CampaignFile, variables: Mapping[Path, Variable]) -> Iterator[Finding]:
    """A name used once beside a near one of the same object that is used elsewhere."""
    counts: dict[Path, int] = defaultdict(int)
    for path, variable in variables.items():
        for length in range(2, len(path) + 1):
            counts[path[:length]] += len(variable.uses)
    siblings: dict[Path, list[str]] = defaultdict(list)
    for path in counts:
        if isinstance(path[-1], str):
            siblings[path[:-1]].append(path[-1])
    for owner, names in siblings.items():
        known = set(names) | _defaults(file, owner)
        once = [name for name in names if counts[*owner, name] == 1 and name not in _defaults(file, owner)]
        for name in once if len(known) <= _COMPARED_MAX else ():
            near = [each for each in sorted(known) if each != name and _is_near(name, each)]
            # Of two that are both used once, the later is more likely the mistake.
            better = [
                each for each in near if counts[*owner, each] != 1 or names.index(each) < names.index(name)
            ]
            if better:
                yield _near(variables, (*owner, name), (*owner, better[0]))


def _defaults(file: CampaignFile, owner: Path) -> set[str]:
    value: object = {"context": file.context}
    for key in owner:
        value = value.get(key) if isinstance(value, dict) else None
    return set(value) if isinstance(value, dict) else set()


def _is_near(name: str, other: str) -> bool:
    """Whether one may be the other with a typing error: not a plural, and not `line1` beside `line2`."""
    if min(len(name), len(other)) < _SHORTEST or _undigited(name) == _undigited(other):
        return False
    if f"{min(name, other)}s" == max(name, other):
        return False
    return _is_one_edit(name.lower(), other.lower()) or SequenceMatcher(None, name, other).ratio() > _NEAR


def _is_one_edit(name: str, other: str) -> bool:
    """One letter missing, too many or another, or two that changed places; also, if only capitals differ."""
    start = 0
    while start < min(len(name), len(other)) and name[start] == other[start]:
        start += 1
    rest, of_other = name[start:], other[start:]
    swapped = len(rest) > 1 and rest[1::-1] + rest[2:] == of_other
    return swapped or rest[1:] == of_other or rest == of_other[1:] or rest[1:] == of_other[1:]


def _undigited(name: str) -> str:
    return "".join("0" if letter.isdigit() else letter for letter in name)


def _near(variables: Mapping[Path, Variable], path: Path, near: Path) -> Finding:
    source, use = next(variable.uses[0] for each, variable in variables.items() if each[: len(path)] == path)
    return found("near_variable", source.path, use.line, variable=spelled(path), near=spelled(near))


def _review_contents(file: CampaignFile, variables: Mapping[Path, Variable]) -> Iterator[Finding]:
    """What is used in one language or treatment of a channel, and not in another."""
    messages = list(message_sources(file))
    for channel in file.channels.used():
        places = {(each.treatment, each.locale): _place(each) for each in messages if each.channel is channel}
        for path, variable in variables.items() if len(places) > 1 else ():
            uses = [(source, use) for source, use in variable.uses if source.channel is channel]
            used = dict.fromkeys(places[source.treatment, source.locale] for source, _ in uses)
            others = [place for place in places.values() if place not in used]
            if uses and others and path[0] in {"context", "profile"}:
                source, use = uses[0]
                values = {"variable": spelled(path), "used": ", ".join(used), "others": ", ".join(others)}
                yield found("variable_in_some_contents", source.path, use.line, **values)


def _place(message: MessageSource) -> str:
    return f"{message.locale} of {message.treatment}" if message.treatment else message.locale
