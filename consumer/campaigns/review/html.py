"""The HTML of e-mails: links, images, and values where escaping does not protect."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.links import shown
from consumer.campaigns.review.table import found
from consumer.campaigns.templates import TemplateSource
from consumer.template.html_tags import Attribute, Tag, tags_of
from consumer.template.skeleton import MARK, Skeleton
from schemas.campaign import CampaignFile

_UNSUBSCRIBE: Final = re.compile(
    r"unsubscri|opt.?out|preferences|avregistrera|avsluta|abmelden|abbestellen|désabonn|desinscri|désinscri"
    r"|darse de baja|cancelar|annulla|disiscri|afmelden|uitschrijven|avmeld|afmeld|peruuta|wypisz",
    re.IGNORECASE,
)
"""What such a link says, or is named, in the languages that most write in."""
_ANY_LINK: Final = re.compile(r"href\s*=|https?://|\{\{", re.IGNORECASE)
_NEVER_LEADS: Final = {"", "#"}


def review_html(file: CampaignFile, sources: Sequence[TemplateSource]) -> Iterator[Finding]:
    for source in sources:
        if source.part == "html":
            yield from _review_tags(source, source.read().skeleton)
    if file.type == "marketing":
        yield from _review_unsubscribing(sources)


def _review_tags(source: TemplateSource, skeleton: Skeleton) -> Iterator[Finding]:
    for tag in tags_of(skeleton.text):
        line = skeleton.line(tag.position)
        if tag.name == "a" and (href := tag.get("href")):
            yield from _review_href(source, skeleton, href)
        elif tag.name == "img" and not tag.get("alt"):
            yield found("image_without_alt", source.path, line)
        for where in _unescaped(tag, skeleton.text):
            yield found("unescaped_output", source.path, line, where=where)


def _review_href(source: TemplateSource, skeleton: Skeleton, href: Attribute) -> Iterator[Finding]:
    link, line = href.value.strip(), skeleton.line(href.position)
    if link in _NEVER_LEADS:
        yield found("empty_link", source.path, line)
    elif link.lower().startswith("http:"):
        yield found("insecure_link", source.path, line, link=shown(link))


def _unescaped(tag: Tag, text: str) -> Iterator[str]:
    for attribute in tag.attributes:
        if MARK in attribute.name:
            yield "in place of an attribute's name"
        elif MARK in attribute.value and not attribute.is_quoted:
            yield f"in the attribute {attribute.name} without quotes"
        elif MARK in attribute.value and attribute.name.startswith("on"):
            yield f"in the script of {attribute.name}"
        elif attribute.value.lower().lstrip().startswith("javascript:") and MARK in attribute.value:
            yield "in a script's link"
    if tag.name in {"script", "style"} and MARK in text[tag.end : tag.text_end]:
        yield f"inside <{tag.name}>"


def _review_unsubscribing(sources: Sequence[TemplateSource]) -> Iterator[Finding]:
    messages: dict[str, str] = {}
    for source in sources:
        if source.channel == "email" and source.part in {"html", "text"}:
            messages[source.message] = messages.get(source.message, "") + source.text
    for path, text in messages.items():
        if not (_UNSUBSCRIBE.search(text) and _ANY_LINK.search(text)):
            yield found("no_unsubscribe_link", path)
