"""Reading what people write: YAML checked against its schema, every mistake told with its place."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from consumer.campaigns.bounds import campaign_excesses, configuration_excesses
from consumer.campaigns.documents import UnreadableFileError, read_document
from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile

__all__ = ["UnreadableFileError", "read_campaign", "read_campaigns", "read_channels"]

T = TypeVar("T")

_MISTAKES_MAX: Final = 50


def read_campaign(path: Path) -> CampaignFile:
    """Raises UnreadableFileError."""
    campaign = _validated(path, CampaignFile.model_validate)
    _refuse(path, campaign_excesses(campaign))
    return campaign


def read_campaigns(paths: Iterable[Path]) -> list[CampaignFile]:
    """All of them, or UnreadableFileError with the mistakes in every file; an id must not repeat."""
    campaigns: dict[str, CampaignFile] = {}
    problems: list[UnreadableFileError] = []
    for path in paths:
        try:
            campaign = read_campaign(path)
        except UnreadableFileError as error:
            problems.append(error)
            continue
        if campaign.id in campaigns:
            problems.append(
                UnreadableFileError(f"{path}: id: '{campaign.id}' is the id in another of these files")
            )
        campaigns[campaign.id] = campaign
    if problems:
        is_unopened = any(problem.is_unopened for problem in problems)
        raise UnreadableFileError(*map(str, problems), is_unopened=is_unopened)
    return list(campaigns.values())


def read_channels(path: Path) -> dict[str, ChannelConfiguration]:
    """Raises UnreadableFileError."""
    configurations = _validated(path, ChannelsFile.validate_python)
    _refuse(path, configuration_excesses(configurations))
    return configurations


def _validated(path: Path, validate: Callable[[object], T]) -> T:
    document = read_document(path)
    if not isinstance(document, dict):
        raise UnreadableFileError(f"{path}: it must hold fields with their values, as `id: summer-sale`")
    try:
        return validate(document)
    except ValidationError as error:
        _refuse(path, violations(error))
        raise


def _refuse(path: Path, mistakes: Iterator[str]) -> None:
    """Raises UnreadableFileError if there are any."""
    if lines := [f"{path}: {mistake}" for mistake in islice(mistakes, _MISTAKES_MAX)]:
        more = sum(1 for _ in mistakes)
        raise UnreadableFileError(*lines, *([f"{path}: and {more:,} more mistakes"] if more else []))


def violations(error: ValidationError) -> Iterator[str]:
    """`channels.email.content.en.subject: Field required`, one for each violation."""
    for violation in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(str(step) for step in violation["loc"] if step != "[key]")
        sentence = violation["msg"].removeprefix("Value error, ")
        yield f"{path}: {sentence}" if path else sentence
