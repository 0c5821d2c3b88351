"""Reading what people write: YAML checked against its schema, every mistake reported with its place."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from pydantic import ValidationError

from consumer.campaigns.bounds import campaign_excesses, configuration_excesses
from consumer.campaigns.documents import Document, Mistake, UnreadableFileError, read_document
from consumer.campaigns.keys import unknown_key
from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile

__all__ = ["UnreadableFileError", "read_campaign", "read_campaigns", "read_channels", "read_written"]

T = TypeVar("T")

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
    campaigns: dict[str, CampaignFile] = {}
    mistakes: list[Mistake] = []
    is_unopened = False
    for path in paths:
        try:
            campaign = read_campaign(path)
        except UnreadableFileError as error:
            mistakes += error.mistakes
            is_unopened |= error.is_unopened
            continue
        if campaign.id in campaigns:
            problem = f"'{campaign.id}' is the id in another of these files"
            mistakes.append(Mistake(path, problem, path="id", code="invalid_value"))
        campaigns[campaign.id] = campaign
    if mistakes:
        raise UnreadableFileError(*mistakes, is_unopened=is_unopened)
    return list(campaigns.values())


def read_channels(path: Path) -> dict[str, ChannelConfiguration]:
    """Raises UnreadableFileError."""
    document = read_document(path)
    configurations = _validated(path, document, ChannelsFile.validate_python)
    _refuse(path, (_of_excess(path, document, each) for each in configuration_excesses(configurations)))
    return configurations


def _validated(path: Path, document: Document, validate: Callable[[object], T]) -> T:
    if not isinstance(document.value, dict):
        raise UnreadableFileError(
            Mistake(path, "it must hold fields with their values, as `id: summer-sale`")
        )
    try:
        return validate(document.value)
    except ValidationError as error:
        _refuse(path, _violations(path, document, error))
        raise


def _refuse(path: Path, mistakes: Iterator[Mistake]) -> None:
    """Raises UnreadableFileError if there are any."""
    if listed := list(islice(mistakes, _MISTAKES_MAX)):
        more = sum(1 for _ in mistakes)
        raise UnreadableFileError(*listed, *([Mistake(path, f"and {more:,} more mistakes")] if more else []))


def _violations(path: Path, document: Document, error: ValidationError) -> Iterator[Mistake]:
    """`channels.email.content.en.subject: Field required`, one for each violation."""
    for violation in error.errors(include_url=False, include_input=False, include_context=False):
        steps = [step for step in violation["loc"] if step != "[key]"]
        line, code = document.line(steps), _CODES.get(violation["type"], "invalid_value")
        sentence = violation["msg"].removeprefix("Value error, ")
        if code == "unknown_key":
            sentence, steps = unknown_key(steps), steps[:-1]
        elif steps == ["channels"] and (violation["type"] == "missing" or "one channel" in sentence):
            code = "no_channel"
        yield Mistake(path, sentence, line, path=".".join(map(str, steps)), code=code)


def _of_excess(path: Path, document: Document, excess: str) -> Mistake:
    key, _, problem = excess.partition(": ")
    return Mistake(path, problem, document.line(key.split(".")), path=key, code="invalid_value")
