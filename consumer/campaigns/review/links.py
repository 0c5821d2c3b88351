"""Links, wherever they stand: a value must not decide whose server one leads to."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.table import found
from consumer.campaigns.templates import TemplateSource
from consumer.template.skeleton import MARK

# Browsers read `https:/x` and `https:\x` as `https://x`.
# A host ends where its path, query or fragment begins.
_HOST: Final = re.compile(rf"(?:\b|{MARK})https?:[/\\]{{0,3}}([^\s/\\?#\"'<>()]*)", re.IGNORECASE)
_RELATIVE: Final = re.compile(rf"=\s*[\"']?//([^\s/\\?#\"'<>]*{MARK}[^\s/\\?#\"'<>]*)")
_WRITTEN_MAX: Final = 100


def review_links(sources: Iterable[TemplateSource]) -> Iterator[Finding]:
    for source in sources:
        yield from _review_template(source)


def _review_template(source: TemplateSource) -> Iterator[Finding]:
    skeleton = source.read().skeleton
    seen: set[str] = set()
    for pattern in (_HOST, _RELATIVE):
        for match in pattern.finditer(skeleton.text):
            if MARK in match[1] and (link := shown(match[0])) not in seen:
                seen.add(link)
                yield found("personalised_host", source.path, skeleton.line(match.start()), link=link)
    if source.part != "html":
        for match in re.finditer(r"\bhttp://[^\s\"'<>]+", skeleton.text):
            link = shown(match[0])
            yield found("insecure_link", source.path, skeleton.line(match.start()), link=link)


def shown(link: str) -> str:
    """A link as a finding shows it: `https://{{...}}/`."""
    text = link.replace(MARK, "{{...}}").strip("=\"' ")
    return text if len(text) <= _WRITTEN_MAX else f"{text[:_WRITTEN_MAX]}..."
