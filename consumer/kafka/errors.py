"""What ends a command that reads or writes topics before its time."""

from aiokafka.errors import KafkaError


class ReplayError(Exception):
    """A replay cannot go on; the sentence says why and what to do."""


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


class UnreadableBatchError(KafkaError):
    """A batch cannot be read, and whoever reads to an end cannot go round it; the sentence says where."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self._sentence = sentence

    def __str__(self) -> str:
        sentence = self._sentence[0].upper() + self._sentence[1:]
        return f"{sentence}; see `When a batch cannot be read` in docs/operations.md."
