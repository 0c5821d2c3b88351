"""A template as it can be read before anything is rendered: the variables it uses, and its own text."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Environment, TemplateSyntaxError

from consumer.template.arguments import TemplateError
from consumer.template.skeleton import Skeleton, skeleton_of
from consumer.template.usage import uses_of
from consumer.template.use import Use

_SYNTAX: Final = Environment(autoescape=True)
"""For its parser only: nothing is compiled or rendered here."""


@dataclass(frozen=True, slots=True)
class Reading:
    uses: tuple[Use, ...]
    skeleton: Skeleton


# A review, a sample and a schema read the same templates one after the other.
@lru_cache(maxsize=64)
def read_template(source: str) -> Reading:
    """Raises TemplateError for what cannot be parsed; what compile_template refuses may be read here."""
    try:
        tree = _SYNTAX.parse(source)
        return Reading(tuple(uses_of(tree)), skeleton_of(tree))
    except TemplateSyntaxError as error:
        raise TemplateError(f"line {error.lineno}: {error.message}") from error
    except (RecursionError, ValueError) as error:
        raise TemplateError("line 1: somewhere the template is nested too deeply") from error
