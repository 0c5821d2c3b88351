"""Drawing from chances."""

from collections.abc import Sequence
from random import Random
from typing import Any


class Draw:
    """Draws, most often what is usual: a trigger with one oddity says more than one with ten."""

    def __init__(self, random: Random, oddness: float = 1.0) -> None:
        self.random = random
        self._oddness = oddness

    def odd(self, chance: float) -> bool:
        return self.random.random() < chance * self._oddness

    def or_odd(self, usual: Any, chance: float, odd: Sequence[Any]) -> Any:  # noqa: ANN401 - JSON
        return self.random.choice(odd) if self.odd(chance) else usual

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def one(self, *of: Any) -> Any:  # noqa: ANN401 - JSON
        return self.random.choice(of)
