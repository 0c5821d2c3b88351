"""CPU and memory of processes and of those they started."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # its stubs are another package


@dataclass(frozen=True, slots=True)
class Usage:
    pids: Sequence[int]
    """None at all use nothing."""

    def cpu_seconds(self) -> float:
        # User and system, and the same of children that have ended.
        return float(sum(sum(process.cpu_times()[:4]) for process in self._alive()))

    def rss_bytes(self) -> int:
        return sum(process.memory_info().rss for process in self._alive())

    def _alive(self) -> Iterator[psutil.Process]:
        for pid in self.pids:
            try:
                parent = psutil.Process(pid)
                family = [parent, *parent.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
            yield from (process for process in family if process.is_running())
