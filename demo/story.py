"""The story, chapter by chapter. Each chapter returns what did not come out as told, a sentence each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from demo import show
from demo.audience import send_to_an_audience
from demo.calls import call_by_http
from demo.chronicle import Chronicle, Result, is_surprise
from demo.keep import keep_running, say_what_next
from demo.replay import open_the_store
from demo.samples import CODE_LIVES
from demo.scenarios import ACTS, SCENARIOS
from demo.screen import Screen
from demo.stage import LANE, SETTLE_SECONDS, Stage, open_stage, running_engine
from schemas.channel import Channel

Chapter = Callable[[Stage, Screen], Awaitable[Sequence[str]]]

SHOWN_MESSAGES: Final = ("Alice has forgotten her password", "Her flight is late: she hears it twice")


async def perform(screen: Screen, *, keep: bool) -> Sequence[str]:
    """Set the stage, tell every chapter, clear the stage; with `keep`, not before Ctrl-C."""
    screen.say("Clarion turns triggers on a Kafka topic into messages, each exactly once.", "bold")
    screen.say("Here are a real Kafka, a real PostgreSQL and the engine, and things that happen every day.")
    screen.say()
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(screen))
        with screen.step("The engine, as `clarion run` runs it"):
            await _send_early(stage)
            await stack.enter_async_context(running_engine(stage.settings))
        surprises = [sentence for chapter in CHAPTERS for sentence in await chapter(stage, screen)]
        if keep:
            await keep_running(stage, screen)
    if not keep:
        say_what_next(screen)
    return surprises


async def _send_early(stage: Stage) -> None:
    await stage.send(scenario for scenario in SCENARIOS if scenario.is_early)
    # So that they are too old when the engine comes up, however fast it does.
    await asyncio.sleep(2 * CODE_LIVES.total_seconds())


async def _triggers(stage: Stage, screen: Screen) -> Sequence[str]:
    with screen.step(f"{len(SCENARIOS)} triggers, sent and waited for"):
        await stage.send(scenario for scenario in SCENARIOS if not scenario.is_early)
        chronicle = await stage.read_until(partial(_is_as_told, stage))
    rows: list[show.Row] = []
    for act in ACTS:
        numbered = enumerate(act.scenarios, start=len(rows) + 1)
        of_act = [(n, told, chronicle.results(stage.sent[told.title])) for n, told in numbered]
        show.show_act(screen, act, of_act)
        rows += of_act
    show.show_sum(screen, rows)
    return [
        f"{number}. {told.title}: {_surprise(found)}."
        for number, told, found in rows
        if is_surprise(found, told.expected)
    ]


def _is_as_told(stage: Stage, chronicle: Chronicle) -> bool:
    return not any(
        is_surprise(chronicle.results(stage.sent[scenario.title]), scenario.expected)
        for scenario in SCENARIOS
    )


def _surprise(found: Sequence[Result]) -> str:
    return "it did not come out as told" if found else f"nothing was heard of it for {SETTLE_SECONDS:.0f} s"


async def _messages(stage: Stage, screen: Screen) -> Sequence[str]:
    screen.heading("What a channel service gets: the finished message")
    chronicle = stage.chronicle()
    for title in SHOWN_MESSAGES:
        for delivery in chronicle.delivered_for(stage.sent[title]):
            show.show_message(screen, delivery)
    return []


async def _topics(stage: Stage, screen: Screen) -> Sequence[str]:
    topics, records, chronicle = stage.topics, stage.reader.records, stage.chronicle()
    screen.heading("What is on the topics, counted by a reader that sees committed records only")
    meanings = {
        topics.triggers(LANE): "what producers sent",
        **{topics.deliveries(channel): f"messages for the {channel} service" for channel in Channel},
        topics.executions: "what became of each trigger that names its request and campaign",
        topics.profiles_created: "people nobody knew before",
        topics.dead_letters: "triggers that failed, in whole or in part, untouched and with the reason",
    }
    show.show_counts(screen, [(name, len(records[name]), text) for name, text in meanings.items()])
    on_topics = sum(len(records[topics.deliveries(channel)]) for channel in Channel)
    if on_topics == len(chronicle.deliveries):
        return []
    return [
        f"{on_topics} deliveries are on the topics, but only {len(chronicle.deliveries)} were to be sent."
    ]


CHAPTERS: Final[Sequence[Chapter]] = (
    _triggers,
    _messages,
    open_the_store,
    _topics,
    send_to_an_audience,
    call_by_http,
)
"""To tell more, add a chapter: the engine runs, and the stage has all one needs."""
