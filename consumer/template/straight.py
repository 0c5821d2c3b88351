"""Most messages need no bounded evaluation: their parts are text with variables in it, and nothing else.

The templates of such a message become one generated function: 1 us for a subject and a body with five
variables, where the compiled templates take 8. The law of this file: what the function gives is what render()
gives without it; whatever it is not certain of, it leaves to the compiled templates by raising.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import markupsafe
from jinja2 import nodes

from consumer.template.lookups import Keys
from consumer.template.printing import print_scalar
from schemas.characters import BREAKS_OR_CONTROLS

Write = Callable[[Mapping[str, object], int], dict[str, str]]
"""Variables and the most bytes of all parts together -> the text of each part. Raises one of UNCERTAIN."""


class NotStraightError(Exception):
    """The message is left to the compiled templates."""


UNCERTAIN: Final = (NotStraightError, LookupError, TypeError, ValueError)

_ROOTS: Final = ("context", "profile", "recipient")
_PLACES_MAX: Final = 500
_ESCAPED_MAX: Final = 5
"""Characters that one becomes in HTML: `&#34;`."""
_UTF8_MAX: Final = 4

# The function behind markupsafe.escape, for a str; escape() itself takes ten times as long.
_escape: Final[Callable[[str], str]] = markupsafe._escape_inner  # type: ignore[attr-defined]  # noqa: SLF001


class Variable(NamedTuple):
    """`{{ context.order.id }}` or `{{ context.order.id | default('none') }}`."""

    root: str
    keys: Keys
    default: str | None = None
    """What is printed when it is missing; None when that is left to the compiled template."""


Piece = str | Variable


class Part(NamedTuple):
    """One template of text and variables."""

    pieces: Sequence[Piece]
    escapes: bool
    is_header: bool


def read_part(tree: nodes.Template, *, escapes: bool, is_header: bool) -> Part | None:
    """The part that a tree is, as Grammar leaves it; None if there is more in it than text and variables."""
    pieces: list[Piece] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else (None,):
            piece = node.data if isinstance(node, nodes.TemplateData) else _variable(node)
            if piece is None:
                return None
            pieces.append(piece)
    return Part(pieces, escapes, is_header)


def _variable(node: nodes.Node | None) -> Variable | None:
    match node:
        case nodes.Filter(
            name=".lookup", node=nodes.Name(name=root), args=[nodes.Const(value=tuple(keys)), _]
        ) if root in _ROOTS:
            return Variable(root, keys)
        case nodes.Filter(name="default" | "d", args=[nodes.Const(value=str(text))], kwargs=[], node=inner):
            found = _variable(inner)
            return found._replace(default=str(text)) if found and found.default is None else None
    return None


def write_straight(parts: Mapping[str, Part]) -> Write | None:
    """The function that writes these parts; None if it would be too long."""
    variables = [*dict.fromkeys(_variables(parts.values()))]
    if not parts or sum(len(part.pieces) for part in parts.values()) > _PLACES_MAX:
        return None
    names: dict[str, object] = {
        "printed": _printed,
        "escaped": _escape,
        "checked": _checked,
        "UNKNOWN": (LookupError, TypeError),
        "NotStraight": NotStraightError,
    }
    # The source is made of constants' representations and numbered names only, as Jinja's own is.
    exec("\n".join(_source(parts, variables)), names)  # noqa: S102
    write: Write = names["write"]  # type: ignore[assignment]
    return write


def _variables(parts: Iterable[Part]) -> Iterator[Variable]:
    return (piece for part in parts for piece in part.pieces if isinstance(piece, Variable))


def _source(parts: Mapping[str, Part], variables: Sequence[Variable]) -> Iterator[str]:
    number = {variable: position for position, variable in enumerate(variables)}
    yield "def write(variables, max_bytes):"
    for root in dict.fromkeys(variable.root for variable in variables):
        yield f" {root} = variables[{root!r}]"
    for variable, position in number.items():
        yield from _reading(variable, f"v{position}")
    # Before anything is joined: a short template can print a long value many times.
    most = [
        f"len(v{number[variable]}) * {count * _ESCAPED_MAX * _UTF8_MAX}"
        for variable, count in _counted(_variables(parts.values())).items()
    ]
    static = sum(len(piece) for part in parts.values() for piece in part.pieces if isinstance(piece, str))
    yield f" if {' + '.join([str(static * _UTF8_MAX), *most])} > max_bytes: raise NotStraight"
    for variable in dict.fromkeys(_variables(part for part in parts.values() if part.escapes)):
        yield f" e{number[variable]} = escaped(v{number[variable]})"
    for position, part in enumerate(parts.values()):
        yield f" t{position} = {_joined(part, number)}"
        is_plain = f"t{position}.isascii()" + (f" and t{position}.isprintable()" if part.is_header else "")
        yield f" if not ({is_plain}): checked(t{position}, {part.is_header})"
    yield f" return {{{', '.join(f'{name!r}: t{position}' for position, name in enumerate(parts))}}}"


def _reading(variable: Variable, name: str) -> Iterator[str]:
    steps = variable.root + "".join(f"[{key!r}]" for key in variable.keys)
    if variable.default is None:
        yield f" {name} = {steps}"
    else:
        yield f" try: {name} = {steps}"
        yield f" except UNKNOWN: {name} = {variable.default!r}"
    yield f" if type({name}) is not str: {name} = printed({name})"


def _counted(variables: Iterable[Variable]) -> dict[Variable, int]:
    counts: dict[Variable, int] = {}
    for variable in variables:
        counts[variable] = counts.get(variable, 0) + 1
    return counts


def _joined(part: Part, number: Mapping[Variable, int]) -> str:
    """An f-string, in as many literals as there are pieces."""
    letter = "e" if part.escapes else "v"
    literals = [
        f"f'{{{letter}{number[piece]}}}'"
        if isinstance(piece, Variable)
        else "f" + repr(piece).replace("{", "{{").replace("}", "}}")
        for piece in part.pieces
    ]
    return f"({' '.join(literals)})" if literals else "''"


def _printed(value: object) -> str:
    """Raises TypeError for lists and objects, which are printed under a bound on work."""
    return print_scalar(value)


def _checked(text: str, is_header: bool) -> None:  # noqa: FBT001 - called by generated code
    text.encode()  # raises UnicodeEncodeError, which is a ValueError, for half of a surrogate pair
    if is_header and not text.isprintable() and BREAKS_OR_CONTROLS.search(text):
        raise NotStraightError
