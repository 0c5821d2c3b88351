"""`python -m proof.worker`: the engine as `clarion run` has it, for the proof to do things to from inside.

Each line on its standard input sets a trap: a fault point, a signal's name and milliseconds. When the engine
reaches that fault point, the process sends itself the signal, so much later. It ends when the input does, so
that none is left when the proof itself is killed; even if it is stopped just then (on Linux).
"""

import argparse
import asyncio
import ctypes
import os
import signal
import sys
from datetime import timedelta
from functools import partial

from config.loading import load_settings
from config.logging import configure_logging
from consumer.app import Engine
from consumer.exactly_once.fault_points import FaultPoint, FaultPoints, wall_clock
from proof.sabotage import SABOTAGES, commit

LANE = "unitary"
# Of Linux's prctl(2): which signal to get when the parent dies.
PR_SET_PDEATHSIG = 1


class Traps:
    """Those that are set; each springs once."""

    def __init__(self) -> None:
        self._set: dict[FaultPoint, tuple[signal.Signals, float]] = {}

    def add(self, line: str) -> None:
        point, name, milliseconds = line.split()
        self._set[FaultPoint(point)] = signal.Signals[name], int(milliseconds) / 1000

    def reached(self, point: FaultPoint) -> None:
        if point not in self._set:
            return
        number, seconds = self._set.pop(point)
        spring = partial(os.kill, os.getpid(), number)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, spring)
        else:
            spring()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--skew", type=float, default=0.0, help="seconds by which its clock is wrong")
    parser.add_argument("--sabotage", choices=SABOTAGES)
    options = parser.parse_args()
    _die_with_the_proof()
    if options.sabotage:
        commit(options.sabotage)
    skew, traps = timedelta(seconds=options.skew), Traps()
    settings = load_settings()
    configure_logging(settings.log_level, "console")
    engine = Engine(settings, LANE, FaultPoints(traps.reached, lambda: wall_clock() + skew))
    asyncio.run(_until_signalled(engine, traps))


def _die_with_the_proof() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


async def _until_signalled(engine: Engine, traps: Traps) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listening = asyncio.create_task(_listen(traps))
    await engine.run(stop)
    listening.cancel()


async def _listen(traps: Traps) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        traps.add(line.decode())
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
