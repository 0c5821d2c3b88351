"""Commands about audiences: their refusals as sentences."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cli.database import with_database
from cli.output import fail
from consumer.audiences.errors import AudienceError
from consumer.store.database import Database

T = TypeVar("T")


def with_audiences(body: Callable[[Database], Awaitable[T]]) -> T:
    """As with_database; an AudienceError ends the command in a sentence."""
    try:
        return with_database(body)
    except AudienceError as error:
        fail(str(error))
