"""What ends a command that reads or writes topics before its time: brokers, a topic or a right missing."""

from collections.abc import Collection, Iterable

from aiokafka.errors import KafkaError

from consumer.kafka.rights import Right


class ExplainedKafkaError(KafkaError):
    """A KafkaError whose text is a sentence for a person: what is wrong, and what to do."""

    def __str__(self) -> str:
        return str(self.args[0])


class KafkaUnreachableError(ExplainedKafkaError):
    """Kafka cannot be reached; the sentence says where, why and what to change."""


class RightsMissingError(ExplainedKafkaError):
    """Rights on the cluster are missing; the sentence names each of them."""

    def __init__(self, missing: Iterable[Right]) -> None:
        super().__init__(
            f"Kafka does not grant this user {', '.join(map(str, missing))}; "
            "docs/deployment.md lists the rights that each role needs."
        )


class ReplayError(Exception):
    """A replay cannot go on; the sentence says why and what to do."""


class NoAnswerError(ReplayError):
    """Kafka does not answer, or does not get on; what was under way may or may not have happened."""

    def __init__(self, servers: str, doing: str) -> None:
        super().__init__(
            f"Kafka at {servers} does not answer while {doing}; check the brokers and run the command again: "
            "it finds out what was done, and does nothing twice."
        )


class TopicMissingError(ReplayError):
    def __init__(self, topic: str) -> None:
        super().__init__(f"There is no topic {topic}; run `clarion topics create`.")


class UnreadableBatchError(KafkaError):
    """A batch cannot be read, and a reader that must reach the end cannot pass it; the message says where."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self._sentence = sentence

    def __str__(self) -> str:
        sentence = self._sentence[0].upper() + self._sentence[1:]
        return f"{sentence}; see `When a batch cannot be read` in docs/operations.md."


class TopicsMissingError(Exception):
    """Topics are missing; run `clarion topics create`."""


def refuse_missing(wanted: Collection[str], existing: Collection[str]) -> None:
    """Raises TopicsMissingError."""
    if missing := sorted(set(wanted) - set(existing)):
        raise TopicsMissingError(f"missing {', '.join(missing)}: run `clarion topics create`")
