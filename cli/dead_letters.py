"""`clarion dead-letters`: its commands."""

from typing import Final

from cli.lazy import Lazy, lazy_app

COMMANDS: Final = {
    "list": Lazy("cli.dead_letter_list:list_letters", "List open dead letters, newest first."),
    "show": Lazy(
        "cli.dead_letter_show:show",
        "Show one dead letter: why it failed, what to do about it, its trigger, and what was done.",
    ),
    "replay": Lazy(
        "cli.dead_letter_replay:replay",
        "Put dead letters back on the topic that they came from, each of them once.",
    ),
    "discard": Lazy(
        "cli.dead_letter_discard:discard",
        "Resolve dead letters without replaying them. They stay on the topic until they expire.",
    ),
    "release": Lazy(
        "cli.dead_letter_release:release",
        "Replay, once each, early calls whose campaign has started and messages whose quiet hours ended.",
    ),
}

app = lazy_app(COMMANDS, help="Triggers that could not be executed: why, and what to do.")
