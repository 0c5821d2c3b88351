"""One use of a variable by a template."""

from typing import NamedTuple

from consumer.template.names import Path
from consumer.template.usage_kinds import Kind


class Use(NamedTuple):
    path: Path
    line: int
    kind: Kind | None
    """What the value must be; None when it is only printed."""
    is_optional: bool
    """It may be missing: it has a default here, or is asked for with `is defined` in this template."""
    is_conditional: bool = False
    """Something that it is a part of may be missing, and it with that."""
    constant: object = None
    """What it is compared with."""

    @property
    def is_required(self) -> bool:
        return not self.is_optional and not self.is_conditional
