"""After the story: what to try next, and `--keep`, which leaves everything running for that."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from demo import show
from demo.screen import Screen
from demo.stage import Stage

_DEFAULT_PREFIX: Final = "clarion."
_TRY: Final = (
    "send --campaign password-reset --to email:you@example.com --context resetUrl=https://acme.example",
    "send --campaign summer-sale --to email:alice@example.com --context discount=50",
    "campaigns list",
    "campaigns sample flight-delay",
    "profiles show email nora@example.com",
)


def say_what_next(screen: Screen) -> None:
    screen.heading("What to try next")
    screen.say("All that ran here is stopped, and nothing is left of it.")
    screen.say("The same once more, kept running, to send triggers of your own:")
    screen.command(f"{_program()} demo --keep")
    screen.say("An installation that stays, from the repository (README.md goes on from there):")
    screen.command("docker compose up")


async def keep_running(stage: Stage, screen: Screen) -> None:
    """Tell how to use what runs here, then what becomes of each further trigger, until Ctrl-C."""
    screen.heading("Everything keeps running until you press Ctrl-C")
    screen.say("In another terminal, in this folder, say where it is:")
    for line in _exports(stage):
        screen.command(line)
    screen.say("then try:")
    for line in _TRY:
        screen.command(f"{_program()} {line}")
    screen.say("What becomes of your triggers appears here:")
    with _told_to_stop() as stop:
        following = asyncio.create_task(_follow(stage, screen))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not following.cancel():
            following.result()
    screen.say()
    screen.say("Stopping; nothing will be left.")


def _program() -> str:
    """How to call this program from here: `make demo` runs it out of an environment that is not activated."""
    called = Path(sys.argv[0])
    if called.name != "clarion":
        return f"{os.path.relpath(sys.executable)} -m cli"
    on_path = shutil.which("clarion")
    return "clarion" if on_path and called.samefile(on_path) else os.path.relpath(called)


def _exports(stage: Stage) -> Sequence[str]:
    settings = stage.settings
    lines = [
        f"export CLARION_KAFKA_BOOTSTRAP_SERVERS={settings.kafka_bootstrap_servers}",
        f"export CLARION_DATABASE_URL='{settings.database_url}'",
    ]
    if settings.topic_prefix != _DEFAULT_PREFIX:
        lines.append(f"export CLARION_TOPIC_PREFIX={settings.topic_prefix}")
    return lines


async def _follow(stage: Stage, screen: Screen) -> None:
    told = stage.chronicle().settled()
    while True:
        await stage.reader.read_until(lambda: not told.issuperset(stage.chronicle().settled()))
        chronicle = stage.chronicle()
        for trigger in sorted(chronicle.settled() - told):
            show.show_new(screen, chronicle, trigger)
            told.add(trigger)


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """Set by Ctrl-C or SIGTERM, which here are the ordinary end."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
