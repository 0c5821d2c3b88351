"""Groups that list their commands without importing them: a command's module is loaded when it is run.

The pattern is click's (Complex Applications, "Lazily Loading Subcommands"), on typer's classes.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.commands import Commands, Group


class Lazy:
    """Where a command is, as `module:attribute`, and its first sentence, which a test compares with it."""

    def __init__(self, target: str, sentence: str) -> None:
        self.target = target
        self.sentence = sentence


class ListedCommand(TyperCommand):
    """What `--help` and completion need to know of a command."""

    def __init__(self, name: str, lazy: Lazy) -> None:
        super().__init__(name, help=lazy.sentence, short_help=lazy.sentence)
        self._lazy = lazy

    def load(self) -> Any:  # noqa: ANN401 - typer keeps the class of commands to itself
        """The command itself."""
        module, _, attribute = self._lazy.target.partition(":")
        found = getattr(import_module(module), attribute)
        # In a group of one, so that it takes the mode of the help from there.
        parent = Commands(rich_markup_mode="markdown", add_completion=False)
        parent.callback()(_nothing)
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name=self.name)
        else:
            parent.command(self.name)(found)
        group = get_command(parent)
        assert isinstance(group, TyperGroup)
        assert self.name
        command = group.commands[self.name]
        _list_whole_sentences(command)
        return command


def lazy_group(listed: Mapping[str, Lazy]) -> type[TyperGroup]:
    """The class of a group with these commands, by name, in this order."""

    class LazyGroup(Group):
        def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer passes its own on
            super().__init__(**attributes)
            self.commands.update({name: ListedCommand(name, lazy) for name, lazy in listed.items()})

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
            name, command, rest = super().resolve_command(ctx, args)
            return name, command.load() if isinstance(command, ListedCommand) else command, rest

    return LazyGroup


def lazy_app(listed: Mapping[str, Lazy], *, help: str) -> typer.Typer:  # noqa: A002 - typer's own name
    """A group of lazy commands inside another."""
    app = Commands(cls=lazy_group(listed), help=help)
    app.callback()(_nothing)
    return app


def _list_whole_sentences(command: object) -> None:
    """Typer cuts a sentence that is longer than a line."""
    for member in getattr(command, "commands", {}).values():
        if member.help:
            member.short_help = first_sentence(member.help)


def first_sentence(help_text: str) -> str:
    """What a command is listed by."""
    return " ".join(help_text.partition("\n\n")[0].split())


def _nothing() -> None:
    """A callback makes typer build a group, whatever is registered."""
