"""How it looks: a table of triggers, messages in frames, counts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from demo.chronicle import Chronicle, Result, is_surprise
from demo.scenario import Act, Expected, Scenario
from demo.screen import Screen
from schemas.execution import OutcomeKind
from schemas.place import Place

Json = dict[str, Any]
Row = tuple[int, Scenario, Sequence[Result]]

_LOOK: Final = {
    OutcomeKind.DELIVERY: ("delivered", "green"),
    OutcomeKind.EXCLUSION: ("excluded", "yellow"),
    OutcomeKind.REJECTION: ("rejected", "red"),
}


def show_act(screen: Screen, act: Act, rows: Sequence[Row]) -> None:
    screen.heading(act.title)
    if screen.is_narrow:
        _show_list(screen, rows)
    else:
        screen.show(_table(rows))


def _table(rows: Sequence[Row]) -> Table:
    """Without heads: the headings say it, and so one act's table continues another's."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", width=3, style="dim")
    # One width for all acts, so that their columns stand under each other.
    table.add_column(width=47, no_wrap=True)
    table.add_column(width=9)
    table.add_column(overflow="fold")
    for number, scenario, results in rows:
        first = [str(number), scenario.title]
        for kind, words in _lines(scenario, results):
            table.add_row(*first, kind, words)
            first = ["", ""]
    return table


def _show_list(screen: Screen, rows: Sequence[Row]) -> None:
    for number, scenario, results in rows:
        screen.say(f"{number:>3} {scenario.title}", "bold")
        for kind, words in _lines(scenario, results):
            screen.show(Text.assemble(kind, ": ", words), indent=4)


def _lines(scenario: Scenario, results: Sequence[Result]) -> Iterator[tuple[Text, Text]]:
    for result in results:
        yield outcome(result), explanation(result)
    if not results:
        yield Text("nothing", "bold red"), Text("neither an execution nor a dead letter")
    if is_surprise(results, scenario.expected):
        wanted = "; ".join(map(_told, scenario.expected))
        yield Text("surprise", "bold red"), Text(f"it should have been: {wanted}", "red")


def outcome(result: Result) -> Text:
    return Text(*_LOOK[result.kind])


def explanation(result: Result) -> Text:
    """`email to alice@example.com: its subject`, or `before_start: why`."""
    if result.reason is None:
        return Text.assemble((result.to, "bold"), f": {result.words}")
    to = f"{result.to}, " if result.to else ""
    return Text.assemble((to, "bold"), (result.reason, _LOOK[result.kind][1]), f": {result.words}")


def _told(expected: Expected) -> str:
    word, _ = _LOOK[expected.kind]
    about = (expected.to, expected.reason or "", *map(repr, expected.mentions))
    return " ".join(filter(None, (word, *about)))


def show_sum(screen: Screen, rows: Sequence[Row]) -> None:
    kinds = [result.kind for _, _, results in rows for result in results]
    deliveries, exclusions, rejections = (kinds.count(kind) for kind in _LOOK)
    screen.say()
    screen.say(
        f"{len(rows)} triggers came to {deliveries} deliveries, {exclusions} exclusions "
        f"and {rejections} rejections."
    )
    surprises = sum(is_surprise(results, scenario.expected) for _, scenario, results in rows)
    if surprises:
        screen.say(f"{surprises} did not come out as they should.", "bold red")
    else:
        screen.say("Each of them came out as it should.", "bold green")


def show_message(screen: Screen, delivery: Json) -> None:
    content, sender, address = delivery["content"], delivery["sender"], delivery["address"]
    match delivery["channel"]:
        case "email":
            head = {"From": sender["from"], "To": address, "Subject": content["subject"]}
            body = content["text"].rstrip() + f"\n\n(and {len(content['html']):,} characters of HTML)"
        case "sms":
            head, body = {"From": sender["from"], "To": address}, content["text"]
        case _:
            head = {"To": f"{address['platform']} {address['token']}", "Title": content["title"]}
            body = content["body"] + "".join(f"\n{name}: {value}" for name, value in content["data"].items())
    lines = Text("\n").join(Text.assemble((f"{name}: ", "dim"), value) for name, value in head.items())
    screen.frame(delivery["channel"], Text.assemble(lines, "\n\n", body))


def show_counts(screen: Screen, counts: Sequence[tuple[str, int, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim", overflow="fold")
    for topic, count, meaning in counts:
        table.add_row(Text(topic), str(count), meaning)
    screen.show(table, indent=2)


def show_new(screen: Screen, chronicle: Chronicle, trigger: Place) -> None:
    """A trigger that somebody else has sent."""
    for result in chronicle.results(trigger):
        screen.say()
        screen.show(Text.assemble(outcome(result), "  ", explanation(result)))
