"""Each template by itself: whether it can be compiled, names what exists, and says something."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.channels import did_you_mean
from consumer.campaigns.review.table import found
from consumer.campaigns.templates import TemplateSource, template_sources
from consumer.campaigns.variables import spelled
from consumer.template.render import TemplateError
from consumer.template.use import Use
from schemas.campaign import CampaignFile

ROOTS: Final = ("context", "profile", "recipient")
TAGS_MAX: Final = 5_000
"""In all templates of a campaign."""
CODE_CHARACTERS_MAX: Final = 20_000
"""Between the braces of one template."""
_RECIPIENT: Final = {"namespace", "userId"}
_LINE: Final = re.compile(r"^line (\d+): ")
_HEADLINES: Final = {"subject": "subject", "title": "title"}
_TAG: Final = re.compile(r"<[^>]*>?")
_SEEN: Final = re.compile(r"<(?:img|video|svg|hr|table)\b", re.IGNORECASE)


def read_templates(file: CampaignFile) -> tuple[list[TemplateSource], list[Finding]]:
    """The templates that can be used, and what is wrong with the others.

    What takes long to compile is not tried: 5,000 tags take a second or two.
    """
    usable, findings, tags = [], [], 0
    for source in template_sources(file):
        tags += source.text.count("{{") + source.text.count("{%")
        try:
            _refuse_too_much(source, tags)
            source.compile()
            source.read()
        except TemplateError as error:
            findings.append(_broken(source, error))
        else:
            usable.append(source)
    return usable, findings


def _refuse_too_much(source: TemplateSource, tags: int) -> None:
    if tags > TAGS_MAX:
        raise TemplateError(f"all templates up to this one have more than {TAGS_MAX:,} tags")
    if _code_length(source.text) > CODE_CHARACTERS_MAX:
        raise TemplateError(f"it has more than {CODE_CHARACTERS_MAX:,} characters between its braces")


def _code_length(text: str) -> int:
    length = position = 0
    while (start := text.find("{", position)) >= 0 and len(text) > CODE_CHARACTERS_MAX:
        end = text.find("}", start)
        position = len(text) if end < 0 else end
        length += position - start
    return length


def review_templates(file: CampaignFile, sources: Iterable[TemplateSource]) -> Iterator[Finding]:
    texts: dict[str, bool] = {}
    for source in sources:
        reading = source.read()
        yield from _review_uses(file, source, reading.uses)
        has_text = _has_text(source, reading.skeleton.text)
        if source.part in _HEADLINES and not has_text:
            yield found("empty_subject", source.path, part=source.part)
        elif source.part in {"html", "text", "body"}:
            texts[source.message] = texts.get(source.message, False) or has_text
    for path, has_text in texts.items():
        if not has_text:
            yield found("empty_body", path)


def _broken(source: TemplateSource, error: TemplateError) -> Finding:
    line = _LINE.match(str(error))
    problem = _LINE.sub("", str(error)).rstrip(".")
    return found("template_error", source.path, int(line[1]) if line else None, problem=problem)


def _has_text(source: TemplateSource, text: str) -> bool:
    if source.part != "html":
        return bool(text.strip())
    return bool(_TAG.sub("", text).strip()) or _SEEN.search(text) is not None


def _review_uses(file: CampaignFile, source: TemplateSource, uses: tuple[Use, ...]) -> Iterator[Finding]:
    reported: set[str] = set()
    for use in uses:
        for finding in _review_use(file, source, use):
            if finding.sentence not in reported:
                reported.add(finding.sentence)
                yield finding


def _review_use(file: CampaignFile, source: TemplateSource, use: Use) -> Iterator[Finding]:
    root, name = use.path[0], spelled(use.path)
    if root not in ROOTS:
        meant = did_you_mean(str(root), list(ROOTS)) or f"; write context.{name}, or profile or recipient"
        yield found("unknown_root", source.path, use.line, variable=name, meant=meant)
    elif root == "recipient" and use.path[1:2] and use.path[1] not in _RECIPIENT:
        yield found("unknown_recipient_member", source.path, use.line, variable=name)
    elif use.path[:2] == ("context", "system"):
        yield found("reserved_context", source.path, use.line)
    elif root == "profile" and file.lane == "high-throughput" and use.is_required:
        yield found("profile_in_fast_lane", source.path, use.line, variable=name)
