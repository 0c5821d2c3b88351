"""Why a letter is not replayed, though it was chosen."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.place import LetterPlace


class Why(StrEnum):
    FOREIGN = "foreign"
    ATTEMPTS = "attempts"
    GARBAGE = "garbage"
    NO_TOPIC = "no_topic"
    TOO_LARGE = "too_large"
    UNCHANGEABLE = "unchangeable"
    NOT_THERE = "not_there"


@dataclass(frozen=True, slots=True)
class Refused:
    at: LetterPlace
    why: Why
    sentence: str


class RefusalError(Exception):
    """Raised where a letter turns out not to be replayable; reported as Refused."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
