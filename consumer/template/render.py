"""Rendering: templates and variables in, a message's texts out. Pure: no I/O, no clock, no settings.

The law of this file: whatever a template does, and whatever is in the variables, render() returns one of
four answers and raises nothing. No answer but Rendered holds a variable's value: those are secrets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from traceback import walk_tb
from typing import Final

from consumer.template.arguments import TemplateError
from consumer.template.blame import blamed
from consumer.template.compiled import FILENAME, Template, compile_template
from consumer.template.evaluation import WORK_LIMIT, Evaluation, Refusal, TooLargeError
from consumer.template.straight import UNCERTAIN, Write, write_straight
from schemas.characters import BREAKS_OR_CONTROLS, code_point

__all__ = [
    "ContentTooLarge",
    "Message",
    "MissingVariables",
    "RenderFailed",
    "Rendered",
    "Template",
    "TemplateError",
    "compile_template",
    "render",
]


@dataclass(frozen=True, slots=True)
class Rendered:
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class MissingVariables:
    names: tuple[str, ...]
    """Every missing variable met in any part, as the template spells it, in the order first met."""


@dataclass(frozen=True, slots=True)
class RenderFailed:
    detail: str
    """One sentence, which names the part and the line."""


@dataclass(frozen=True, slots=True)
class ContentTooLarge:
    max_bytes: int


Answer = Rendered | MissingVariables | RenderFailed | ContentTooLarge


class Message:
    """The templates of one message, by the names of its parts; made once, rendered often."""

    def __init__(self, parts: Mapping[str, Template]) -> None:
        self.parts = parts
        straight = {name: template.straight for name, template in parts.items() if template.straight}
        self.write: Write | None = write_straight(straight) if len(straight) == len(parts) else None
        """All parts by one function, which leaves to the templates what it is not certain of."""


def render(message: Message, variables: Mapping[str, object], *, max_bytes: int) -> Answer:
    """Render all parts of one message.

    A part that fails does not keep the others from being tried, so that a dead letter lists
    every missing variable. What is missing comes before what failed, which may be its consequence.
    `variables` are plain JSON values; `max_bytes` bounds all parts together, as UTF-8.
    """
    if (parts := render_straight(message, variables, max_bytes)) is not None:
        return Rendered(parts)
    return render_bounded(message, variables, max_bytes=max_bytes)


def render_straight(
    message: Message, variables: Mapping[str, object], max_bytes: int
) -> dict[str, str] | None:
    """The parts of a message that needs no bounded evaluation; None where that is not certain."""
    if message.write is None:
        return None
    try:
        return message.write(variables, max_bytes)
    except UNCERTAIN:
        return None


def render_bounded(
    message: Message, variables: Mapping[str, object], *, max_bytes: int, work: int = WORK_LIMIT
) -> Answer:
    """The same for any message, each part under bounds on its work and size."""
    evaluation = Evaluation(variables, work)
    texts: dict[str, str] = {}
    room = max_bytes
    problem: RenderFailed | ContentTooLarge | None = None
    for name, template in message.parts.items():
        try:
            texts[name], size = _write(template, evaluation, room)
            room -= size
        except TooLargeError:
            problem = problem or ContentTooLarge(max_bytes)
        except Exception as error:  # noqa: BLE001 - a template can fail in any way; it is its fault, and told
            problem = problem or RenderFailed(_detail(name, template, error))
    if evaluation.missing:
        return MissingVariables(tuple(evaluation.missing))
    return problem or Rendered(texts)


def _write(template: Template, evaluation: Evaluation, room: int) -> tuple[str, int]:
    """A part's text and its size in bytes."""
    evaluation.room = room
    pieces = template.write(evaluation)
    text = "".join(_within(room, pieces) if template.has_loops else pieces)
    if template.header and not text.isprintable() and (odd := BREAKS_OR_CONTROLS.search(text)):
        raise Refusal(f"it must be one line without control characters, and holds {code_point(odd[0])}")
    # Characters are never more than bytes, so they bound the text while it grows; here it is exact.
    size = len(text) if text.isascii() else len(text.encode())
    if size > room:
        raise TooLargeError
    return text, size


def _within(room: int, pieces: Iterator[str]) -> Iterator[str]:
    """The pieces as long as there is room; the template's own text counts too, which a loop can repeat."""
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise TooLargeError
        yield piece


_SENTENCES: Final[dict[type[Exception], str]] = {
    ZeroDivisionError: "a division by zero",
    TypeError: "an operation or filter was given a value of a kind it cannot work with",
    UnicodeEncodeError: "half of a surrogate pair, which is no character",
    RecursionError: "a value is nested too deeply",
}


def _detail(name: str, template: Template, error: Exception) -> str:
    line = _line(template, error)
    return f"{name}, line {line}: {_sentence(error)}{blamed(template.source, line, error)}"


def _sentence(error: Exception) -> str:
    """Never an exception's own words, which can quote a value."""
    if isinstance(error, Refusal):
        return str(error)
    return _SENTENCES.get(type(error), "a value could not be worked with")


def _line(template: Template, error: Exception) -> int:
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename == FILENAME:
            return template.line_of(line)
    return 1
