"""How the proof goes, for people: a line for each fault, and on a terminal a last one that moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Bell
from threading import Thread
from time import monotonic

from rich.console import Console
from rich.status import Status
from rich.table import Table

from proof.director import Event
from proof.report import Recovery, Report
from proof.stage import Stage

REFRESH_SECONDS = 0.5
FINDINGS_SHOWN = 20


class Screen:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("", console=console)
        self._stage: Stage | None = None
        self._started = monotonic()
        self._is_over = Bell()
        self._faults = 0

    @contextmanager
    def lit(self) -> Iterator[None]:
        # A thread, so that it moves on while the proof reads and compares.
        moving = Thread(target=self._move, daemon=True)
        if self._console.is_terminal:
            self._status.start()
            moving.start()
        try:
            yield
        finally:
            self._is_over.set()
            self._status.stop()

    def _move(self) -> None:
        while not self._is_over.wait(REFRESH_SECONDS):
            if self._stage:
                self._status.update(self._now(self._stage))

    def _now(self, stage: Stage) -> str:
        minutes, seconds = divmod(int(monotonic() - self._started), 60)
        sent, delivered = len(stage.sender.requests), len(stage.pulse.seen)
        return f"{minutes}:{seconds:02}  {sent} triggers, {delivered} deliveries, {self._faults} faults"

    # --- what the proof tells ------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        self._line(sentence)

    def watch(self, stage: Stage) -> None:
        self._stage, self._started = stage, monotonic()

    def tell(self, event: Event) -> None:
        self._faults += 1
        again = (
            f"again after {_seconds(event.first_delivery)}, everywhere after {_seconds(event.all_partitions)}"
        )
        self._line(f"{event.at:7.1f}  {event.kind:<24} {event.detail}; {again}")

    def show(self, report: Report) -> None:
        """The verdict; its last line is for machines too."""
        if report.events:
            self._console.print(_recoveries(report))
        for finding in report.findings[:FINDINGS_SHOWN]:
            self._line(f"{finding.kind}, by the check of {finding.check}: {finding.sentence}")
        if len(report.findings) > FINDINGS_SHOWN:
            self._line(f"... and {len(report.findings) - FINDINGS_SHOWN} more")
        self._line(f"seed={report.plan.seed}")
        self._line(report.line())

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _recoveries(report: Report) -> Table:
    table = Table(title="Seconds from a fault's end to new deliveries", box=None, pad_edge=False)
    for heading in ("fault", "times", "first: median", "max", "every partition: median", "max"):
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    for kind, recovery in report.recoveries().items():
        table.add_row(kind, str(recovery.count), *_cells(recovery))
    return table


def _cells(recovery: Recovery) -> list[str]:
    times = (recovery.first_median, recovery.first_max, recovery.all_median, recovery.all_max)
    return [_seconds(seconds) for seconds in times]


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f}"
