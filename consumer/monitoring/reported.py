"""What was already logged while something lasts, so that a cause is logged once and not at every try."""

import re

_CAUSES_MAX = 20
"""Those after them are of the same kinds."""


class Reported:
    def __init__(self) -> None:
        self._causes: set[str] = set()

    def is_new(self, cause: str) -> bool:
        """Whether the cause is to be logged. What differs in its numbers alone is the same cause."""
        cause = re.sub(r"\d+", "#", cause)
        if cause in self._causes or len(self._causes) >= _CAUSES_MAX:
            return False
        self._causes.add(cause)
        return True
