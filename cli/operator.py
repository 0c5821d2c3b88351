"""Who runs a command."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import Settings
from consumer.audit.actor import Actor, acting_as


def operator_name(given: str | None, settings: Settings) -> str:
    """The given one, else that of CLARION_OPERATOR, else the system's user, if it has one."""
    try:
        return given or settings.operator or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def acting_as_operator(settings: Settings, given: str | None = None) -> Iterator[None]:
    """What is changed inside is recorded as done by the operator, by command."""
    with acting_as(Actor("cli", operator_name(given, settings))):
        yield
