"""A template: checked, rewritten and compiled once per campaign version, never per message."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from consumer.template.arguments import TemplateError, refuse
from consumer.template.conditions import TESTS
from consumer.template.evaluation import printed, printed_in_html
from consumer.template.filters import HTML_FILTERS, METHODS
from consumer.template.grammar import Grammar
from consumer.template.lists import FILTERS
from consumer.template.operators import OPERATORS
from consumer.template.straight import Part, read_part
from schemas.characters import BREAKS_OR_CONTROLS, code_point

FILENAME: Final = "<template>"


@dataclass(frozen=True, slots=True)
class Template:
    write: Callable[[Context], Iterator[str]]
    """Gives the text piece by piece; render() calls it."""
    variables: frozenset[str]
    """Paths that must be there, as found by reading the template, not by running it: without those always
    given a default, or asked for with `is defined` anywhere; without what loop variables and {% set %} names
    lead to (for a loop, the list is named); branches that may never be taken count."""
    has_loops: bool
    """Else it can print no more pieces than it was written with."""
    header: bool
    """Is one line without controls: with what some program takes for a line break, it could add headers."""
    line_of: Callable[[int], int]
    """The template's line for a line of the compiled code."""
    straight: Part | None
    """Its pieces, if it is nothing but text and variables."""
    source: str


def compile_template(source: str, *, autoescape: bool, header: bool = False) -> Template:
    """`autoescape` for HTML; `header` for a subject. Raises TemplateError.

    The caller bounds the source's size.
    """
    environment = _HTML if autoescape else _TEXT
    try:
        tree = environment.parse(source)
        if header:
            _refuse_lines(tree)
        Grammar().visit(tree)
        compiled = JinjaTemplate.from_code(environment, environment.compile(tree, filename=FILENAME), {})
    except TemplateSyntaxError as error:
        raise TemplateError(f"line {error.lineno}: {error.message}") from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        # SyntaxError is Python's: it takes no more than 20 loops within one another.
        raise TemplateError("line 1: somewhere the template is nested too deeply") from error
    except ValueError as error:
        raise TemplateError("line 1: somewhere the template holds a number that cannot be read") from error
    has_loops = tree.find(nodes.For) is not None
    return Template(
        compiled.root_render_func,
        _required(tree),
        has_loops,
        header,
        compiled.get_corresponding_lineno,
        read_part(tree, escapes=autoescape, is_header=header),
        source,
    )


class _Generator(CodeGenerator):
    """Leaves out the calls that Jinja writes around finalize: ours gives a text, escaped if it must be.

    (As Jinja's own NativeCodeGenerator does. 2 us of 11 for a subject and a body with five variables.)
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        self.write(finalize.src)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        self.write(")")


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    # Nothing is worked out while compiling (optimized), where no bound on work would hold.
    environment = ImmutableSandboxedEnvironment(
        autoescape=autoescape, optimized=False, finalize=printed_in_html if autoescape else printed
    )
    environment.code_generator_class = _Generator
    environment.filters = OPERATORS | METHODS | FILTERS | (HTML_FILTERS if autoescape else {})
    environment.tests = dict(TESTS)
    environment.globals = {}
    return environment


_HTML: Final = _environment(autoescape=True)
_TEXT: Final = _environment(autoescape=False)


def _refuse_lines(tree: nodes.Template) -> None:
    for text in tree.find_all(nodes.TemplateData):
        if odd := BREAKS_OR_CONTROLS.search(text.data):
            refuse(
                text, f"a subject is one line without control characters, and this holds {code_point(odd[0])}"
            )


def _required(tree: nodes.Template) -> frozenset[str]:
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"} | {"loop"}
    calls = [call for call in tree.find_all(nodes.Filter) if call.name in {".lookup", ".name"}]
    paths = {id(call): _path(call) for call in calls if _root(call) not in own | {""}}
    defaulted = {id(call.node) for call in tree.find_all(nodes.Filter) if call.name in {"default", "d"}}
    asked = {paths.get(id(test.node)) for test in tree.find_all(nodes.Test) if "defined" in test.name}
    return frozenset(path for call, path in paths.items() if call not in defaulted and path not in asked)


def _root(call: nodes.Filter) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""


def _path(call: nodes.Filter) -> str:
    path = call.args[-1]
    return str(path.value) if isinstance(path, nodes.Const) else ""
