"""What the API has, declared: from these its routes are made, and its description."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from consumer.keys.key import Scope
from consumer.keys.principal import Principal
from gateway.api.parameters import Parameter
from gateway.api.services import Services
from gateway.api.shapes import Shape

Method = Literal["GET", "PUT", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call, read and allowed."""

    services: Services
    caller: Principal
    values: Mapping[str, Any]
    """Of the operation's parameters, by name."""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def operator(self) -> str:
        """The caller, as resolutions name who made them."""
        return f"{self.caller.name} ({self.caller.id})"

    """Path and query, as the caller wrote them."""


@dataclass(frozen=True, slots=True)
class Answer:
    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Body(Protocol):
    """How an operation reads what it is sent."""

    @property
    def media_types(self) -> Sequence[str]: ...

    @property
    def shape(self) -> Shape: ...

    @property
    def is_required(self) -> bool: ...

    def read(self, content: bytes, media_type: str) -> object:
        """Raises RefusalError."""


@dataclass(frozen=True, slots=True)
class Operation:
    method: Method
    path: str
    """Below /api/v1."""
    scope: Scope
    summary: str
    act: Callable[[Invocation], Awaitable[Answer]]
    shape: Shape
    """Of the answer's body."""
    parameters: Sequence[Parameter] = ()
    body: Body | None = None
    status: int = 200
    also: Sequence[int] = ()
    """Other statuses with the same body."""
    refusals: Sequence[int] = ()
    """Statuses of refusals, beyond those that every call can meet."""
    reads_topics: bool = False
    """Whether it may read whole topics, so that only a few are worked on at once."""
