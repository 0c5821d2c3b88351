"""Logs: one line for each event on stderr, for people or as JSON, our own and the libraries'.

The rule for every line: records are named by coordinates (topic, partition, offset) and by request, execution
and delivery ids; never an address, userId, context, content or token. Nothing here filters them out: a filter
would have to guess. Beware of PostgreSQL's errors: their DETAIL names keys, and a key can be an address.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

_OURS = ("consumer", "config", "embedded", "gateway", "schemas")
# Never lower, not even for debugging: aiokafka's debug lines hold whole requests, passwords and messages too.
_LIBRARY_LEVELS = {
    "": logging.WARNING,
    "alembic": logging.INFO,  # which migration runs
    "uvicorn": logging.ERROR,  # its warnings are about what callers send
    "aiokafka": logging.ERROR,  # its warnings are the ordinary course of a rebalance
}
_REPEAT_SECONDS = 30.0


def configure_logging(
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO",
    log_format: Literal["console", "json"] = "console",
) -> None:
    """Send structlog's and the standard library's lines through one renderer to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=_rendering(log_format)
    )
    _route(formatter, logging.getLevelNamesMapping()[level])


def _rendering(log_format: Literal["console", "json"]) -> list[Processor]:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    # Tracebacks without the variables of each frame, which hold addresses and contexts.
    if log_format == "console":
        plain = structlog.dev.plain_traceback
        return [
            remove_meta,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain),
        ]
    as_data = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        remove_meta,
        structlog.processors.ExceptionRenderer(as_data),
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(),
    ]


def _route(formatter: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_Sparing())
    logging.getLogger().handlers[:] = [handler]
    for name, least in _LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(least, level))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


class _Sparing(logging.Filter):
    """Lets each complaint of aiokafka through twice a minute: it repeats them while a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("aiokafka"):
            return True
        complaint = (record.name, str(record.msg))
        if record.created - self._last.get(complaint, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        self._last[complaint] = record.created
        return True
