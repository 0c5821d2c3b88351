"""What a topic is and what it should be: the differences that matter, each with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

PARTITIONS: Final = "partitions"
REPLICAS: Final = "replicas"

_AT_LEAST: Final = frozenset({"max.message.bytes", PARTITIONS, REPLICAS})
_REPLAYED_TWICE: Final = "a letter whose resolution has expired could be replayed again"
_WHY: Final = {
    ("cleanup.policy", "compact"): _REPLAYED_TWICE,
    ("retention.ms", "-1"): _REPLAYED_TWICE,
    ("cleanup.policy", "delete"): "compaction removes records that share a key",
    ("message.timestamp.type", "LogAppendTime"): "the broker's clock decides how old a trigger is",
}
"""By name and by what is wanted."""
_WHY_ANY: Final = {
    "retention.ms": "so says CLARION_DEAD_LETTER_RETENTION",
    "max.message.bytes": "the largest record would be refused",
    PARTITIONS: "so says CLARION_TOPIC_PARTITIONS",
    REPLICAS: "so says CLARION_REPLICATION_FACTOR",
}
_BY_HAND: Final = {
    PARTITIONS: "Add some with kafka-topics.sh --alter; keys move to other partitions.",
    REPLICAS: "Add some with kafka-reassign-partitions.sh.",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A topic's partitions, the replicas of the partition that has the fewest, and its settings by name."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]

    def values(self) -> dict[str, str]:
        return {PARTITIONS: str(self.partitions), REPLICAS: str(self.replicas), **self.settings}


@dataclass(frozen=True, slots=True)
class Difference:
    topic: str
    name: str
    found: str
    wanted: str

    @property
    def can_be_set(self) -> bool:
        return self.name not in _BY_HAND

    def __str__(self) -> str:
        wanted = f"at least {self.wanted}" if self.name in _AT_LEAST else self.wanted
        why = _WHY.get((self.name, self.wanted)) or _WHY_ANY[self.name]
        sentence = f"{self.topic}: {self.name} is {self.found} and should be {wanted}: {why}."
        return sentence if self.can_be_set else f"{sentence} {_BY_HAND[self.name]}"


def differences(topic: str, found: Shape, wanted: Shape) -> Iterator[Difference]:
    """Other settings are the operator's own, and so is a topic that is larger than wanted."""
    has = found.values()
    for name, value in wanted.values().items():
        if not _fits(name, has[name], value) and _matters(name, value, has):
            yield Difference(topic, name, has[name], value)


def _fits(name: str, found: str, wanted: str) -> bool:
    return int(found) >= int(wanted) if name in _AT_LEAST else found == wanted


def _matters(name: str, wanted: str, found: Mapping[str, str]) -> bool:
    # The retention of resolutions counts only for a topic that is not compacted alone.
    return (name, wanted) != ("retention.ms", "-1") or "delete" in found["cleanup.policy"]
