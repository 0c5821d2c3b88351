"""Reading what people write: YAML checked against its schema, every mistake reported with its place."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from consumer.campaigns.bounds import campaign_excesses, configuration_excesses
from consumer.campaigns.documents import Document, Mistake, UnreadableFileError, read_document
from consumer.campaigns.keys import unknown_key
from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile
from schemas.rule_set import RuleSetFile

__all__ = [
    "UnreadableFileError",
    "read_campaign",
    "read_campaigns",
    "read_channels",
    "read_rule_sets",
    "read_written",
]

T = TypeVar("T")
Identified = TypeVar("Identified", CampaignFile, RuleSetFile)

_MISTAKES_MAX: Final = 50
_CODES: Final = {"extra_forbidden": "unknown_key"}


class Written(NamedTuple):
    """A campaign with the file that it was written in."""

    campaign: CampaignFile
    document: Document


def read_campaign(path: Path) -> CampaignFile:
    """Raises UnreadableFileError."""
    return read_written(path).campaign


def read_written(path: Path) -> Written:
    """The same, with the lines of its keys."""
    document = read_document(path)
    campaign = _validated(path, document, CampaignFile.model_validate)
    _refuse(path, (_of_excess(path, document, each) for each in campaign_excesses(campaign)))
    return Written(campaign, document)


def read_campaigns(paths: Iterable[Path]) -> list[CampaignFile]:
    """All of them, or UnreadableFileError with the mistakes in every file; an id must not repeat."""
    return _each(paths, read_campaign)


def read_channels(path: Path) -> dict[str, ChannelConfiguration]:
    """Raises UnreadableFileError."""
    document = read_document(path)
    configurations = _validated(path, document, ChannelsFile.validate_python)
    _refuse(path, (_of_excess(path, document, each) for each in configuration_excesses(configurations)))
    return configurations


def read_rule_sets(paths: Iterable[Path]) -> list[RuleSetFile]:
    """All of them, or UnreadableFileError with the mistakes in every file; an id must not repeat."""
    return _each(paths, _read_rule_set)


def _read_rule_set(path: Path) -> RuleSetFile:
    return _validated(path, read_document(path), RuleSetFile.model_validate, RuleSetFile)


def _each(paths: Iterable[Path], read: Callable[[Path], Identified]) -> list[Identified]:
    found: dict[str, Identified] = {}
    mistakes: list[Mistake] = []
    is_unopened = False
    for path in paths:
        try:
            file = read(path)
        except UnreadableFileError as error:
            mistakes += error.mistakes
            is_unopened |= error.is_unopened
            continue
        if file.id in found:
            problem = f"'{file.id}' is the id in another of these files"
            mistakes.append(Mistake(path, problem, path="id", code="invalid_value"))
        found[file.id] = file
    if mistakes:
        raise UnreadableFileError(*mistakes, is_unopened=is_unopened)
    return list(found.values())


def _validated(
    path: Path,
    document: Document,
    validate: Callable[[object], T],
    model: type[BaseModel] = CampaignFile,
) -> T:
    if not isinstance(document.value, dict):
        raise UnreadableFileError(
            Mistake(path, "it must hold fields with their values, as `id: summer-sale`")
        )
    try:
        return validate(document.value)
    except ValidationError as error:
        _refuse(path, _violations(path, document, error, model))
        raise


def _refuse(path: Path, mistakes: Iterator[Mistake]) -> None:
    """Raises UnreadableFileError if there are any."""
    if listed := list(islice(mistakes, _MISTAKES_MAX)):
        more = sum(1 for _ in mistakes)
        raise UnreadableFileError(*listed, *([Mistake(path, f"and {more:,} more mistakes")] if more else []))


def _violations(
    path: Path, document: Document, error: ValidationError, model: type[BaseModel]
) -> Iterator[Mistake]:
    """`channels.email.content.en.subject: Field required`, one for each violation."""
    for violation in error.errors(include_url=False, include_input=False, include_context=False):
        steps = [step for step in violation["loc"] if step != "[key]"]
        line, code = document.line(steps), _CODES.get(violation["type"], "invalid_value")
        sentence = violation["msg"].removeprefix("Value error, ")
        if code == "unknown_key":
            sentence, steps = unknown_key(steps, model), steps[:-1]
        elif steps == ["channels"] and (violation["type"] == "missing" or "one channel" in sentence):
            code = "no_channel"
        yield Mistake(path, sentence, line, path=".".join(map(str, steps)), code=code)


def _of_excess(path: Path, document: Document, excess: str) -> Mistake:
    key, _, problem = excess.partition(": ")
    return Mistake(path, problem, document.line(key.split(".")), path=key, code="invalid_value")
