"""What ends a replay before its time. Whatever was done by then stays done, and counts on the next run."""


class ReplayError(Exception):
    """A replay cannot go on; the sentence says why and what to do."""


class TakenOverError(ReplayError):
    """Another replay, discard or release of this installation began after this one."""

    def __init__(self) -> None:
        super().__init__(
            "Another replay has taken over, so this one stopped; nothing is lost or done twice. "
            "Run it again when the other is done."
        )


class NoAnswerError(ReplayError):
    """Kafka does not answer, or does not get on; what was under way may or may not have happened."""

    def __init__(self, doing: str) -> None:
        super().__init__(
            f"Kafka does not answer while {doing}; check the brokers and run the command again: "
            "it finds out what was done, and does nothing twice."
        )


class TopicMissingError(ReplayError):
    def __init__(self, topic: str) -> None:
        super().__init__(f"There is no topic {topic}; run `clarion topics create`.")
