"""The resolution: what was done about a dead letter, keyed by its `partition:offset`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.delivery import Wire


class Resolution(Wire):
    """That a dead letter was replayed or discarded, by whom and when."""

    failed_at: AwareDatetime = Field(
        description="The letter's clarion.failed-at: a recreated topic uses its offsets again."
    )
    action: Literal["replay", "discard"]
    run_id: str = Field(description="The run of the command that did it.")
    operator: str = Field(description="Who ran it.")
    at: AwareDatetime
    note: str | None = Field(default=None, description="Why; always there when it was discarded.")
    patch: dict[str, object] | None = Field(
        default=None, description="What was changed in the trigger before it was replayed."
    )
