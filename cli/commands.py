"""Typer as Clarion uses it: usage without braces, flags without a type, "did you mean" for every choice."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

_NOT_A_CHOICE: Final = re.compile(r"'(?P<given>.*)' is not one of (?P<choices>'.*')\.")


class Command(TyperCommand):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer keeps its contexts to itself
        """`ID`, as the other command lines of this kind have it; typer writes `{ID}`."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - as above
        return _without_types_of_flags(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = suggesting(error.message)
            raise


class Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - as above
        return _without_types_of_flags(super().get_params(ctx))


class Commands(typer.Typer):
    """A group of commands, whose functions are registered by `command`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(**{"cls": Group, "no_args_is_help": True, **options})

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - typer's own
        return super().command(name, **{"cls": Command, **options})


def suggesting(message: str) -> str:
    """The message, with the choice that was likely meant."""
    message = message.removeprefix("Value error, ")
    if not (found := _NOT_A_CHOICE.search(message)):
        return message
    choices = re.findall("'([^']*)'", found["choices"])
    near = get_close_matches(found["given"], choices, n=1)
    return f"{message} Did you mean '{near[0]}'?" if near else message


def _without_types_of_flags(parameters: Iterable[Any]) -> list[Any]:
    """On a terminal typer shows `<bool>` beside each flag, which takes no value."""
    listed = list(parameters)
    for parameter in listed:
        if isinstance(parameter, TyperOption) and parameter.is_flag and parameter.metavar is None:
            parameter.metavar = ""
    return listed
