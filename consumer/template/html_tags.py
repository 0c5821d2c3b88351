"""The tags in a piece of HTML, each with its place and how its attributes are quoted.

Python's html.parser takes time in the square of what it reads (half a minute for 125 kB of `<!--`); this
looks at each character a bounded number of times, and reads templates, in which a value is only a mark.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_NAME: Final = re.compile(r"[A-Za-z][^\s/>]*")
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]*(?P<name>[^\s=>/"']+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]*)))?"""
)
_REST: Final = re.compile(r"[^>]*>?")
_RAW: Final = {
    name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title")
}
"""Elements whose text holds no tags."""


class Attribute(NamedTuple):
    name: str
    """In lower case."""
    value: str
    position: int
    """Where its value begins."""
    is_quoted: bool


class Tag(NamedTuple):
    name: str
    """In lower case."""
    attributes: tuple[Attribute, ...]
    position: int
    end: int
    text_end: int
    """For an element whose text holds no tags: where that text ends. Else the end of the tag."""

    def get(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


def tags_of(html: str) -> Iterator[Tag]:
    """Every start tag outside comments, in its order."""
    position = html.find("<")
    while position >= 0:
        if html.startswith("<!--", position):
            if (end := html.find("-->", position + 4)) < 0:
                return
            position = html.find("<", end)
        elif name := _NAME.match(html, position + 1):
            tag = _tag(html, position, name)
            yield tag
            position = html.find("<", tag.text_end)
        else:
            position = html.find("<", position + 1)


def _tag(html: str, start: int, name: re.Match[str]) -> Tag:
    attributes = []
    position = name.end()
    while position < len(html) and (found := _ATTRIBUTE.match(html, position)):
        kind = next((kind for kind in ("double", "single", "bare") if found[kind] is not None), "")
        where = found.start(kind) if kind else found.end()
        attributes.append(
            Attribute(found["name"].lower(), found[kind] if kind else "", where, kind != "bare")
        )
        position = found.end()
    rest = _REST.match(html, position)
    end = rest.end() if rest else len(html)
    lowered = name[0].lower()
    if lowered not in _RAW:
        return Tag(lowered, tuple(attributes), start, end, end)
    closing = _RAW[lowered].search(html, end)
    return Tag(lowered, tuple(attributes), start, end, closing.start() if closing else len(html))
