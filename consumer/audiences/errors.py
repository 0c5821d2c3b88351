"""What an operation on audiences is refused for."""

from enum import StrEnum


class Why(StrEnum):
    UNKNOWN_AUDIENCE = "unknown_audience"
    UNKNOWN_EXECUTION = "unknown_execution"
    UNKNOWN_SCHEDULE = "unknown_schedule"
    ENDED = "execution_ended"
    SETTLED = "schedule_settled"
    CONFLICT = "request_conflict"
    UNUSABLE = "unusable"


class AudienceError(Exception):
    """The message says why, and what can be done instead."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
