"""A seeded order in which each card comes before any comes again."""

from collections.abc import Sequence
from random import Random
from typing import Generic, TypeVar

Card = TypeVar("Card")


class Deck(Generic[Card]):
    def __init__(self, cards: Sequence[Card], seed: int) -> None:
        self._cards = list(cards)
        self._left: list[Card] = []
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret

    def next(self) -> Card:
        if not self._left:
            self._left = self._random.sample(self._cards, len(self._cards))
        return self._left.pop()
