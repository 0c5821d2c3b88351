"""The engine's log during the demo: kept aside, and shown only when something went wrong."""

import logging
from collections import deque
from typing import Final

from config.logging import configure_logging

_LINES_MAX: Final = 30


class LogTail(logging.Handler):
    """Holds the last lines instead of writing them between those of the story."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=_LINES_MAX)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @classmethod
    def instead_of_stderr(cls) -> "LogTail":
        """Configure logging as `clarion run` does, but into this."""
        configure_logging("WARNING")
        tail, root = cls(), logging.getLogger()
        for handler in root.handlers:
            tail.setFormatter(handler.formatter)
        root.handlers[:] = [tail]
        return tail
