"""Whether every trigger came to exactly one end: pure, and without a word of the engine's code."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from bench.workload import CAMPAIGN, Workload, request_id, user_id

CLARION_NAMESPACE: Final = UUID("30b58e1b-f26c-59e3-bc81-cdb9ef965e93")

EXAMPLES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Delivered:
    partition: int
    key: bytes | None
    request_id: str
    delivery_id: str | None = None
    """None of a copy, which has none."""
    has_headers: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    request_id: str
    reason: str | None


@dataclass(slots=True)
class Findings:
    """What is wrong, and how often; the first three fail a run."""

    lost: int = 0
    duplicate: int = 0
    wrong: int = 0
    """An end that this trigger must not have, or with a wrong id, key or reason."""
    off_partition: int = 0
    """Deliveries on another partition than their key's: that person's messages are out of order."""
    without_headers: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def hold(self) -> bool:
        return not (self.lost or self.duplicate or self.wrong)

    def tell(self, example: str) -> None:
        """Keep the first few."""
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(example)

    def told(self) -> str:
        counts = {
            "lost": self.lost,
            "duplicate": self.duplicate,
            "wrong": self.wrong,
            "off their key's partition": self.off_partition,
            "without headers": self.without_headers,
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "none"


def check_work(workload: Workload, deliveries: Iterable[Delivered], letters: Iterable[Letter]) -> Findings:
    """One delivery for each recipient of a trigger that can be executed, one dead letter for any other."""
    findings, people = Findings(), workload.first_recipients()
    ends: Counter[tuple[str, str]] = Counter()
    partitions: dict[bytes | None, int] = {}
    for each in deliveries:
        key = (each.key or b"").decode()
        ends[each.request_id, key] += 1
        if each.delivery_id != delivery_id(each.request_id, key):
            findings.wrong += 1
            findings.tell(f"{each.request_id}: deliveryId {each.delivery_id}")
        findings.off_partition += partitions.setdefault(each.key, each.partition) != each.partition
        findings.without_headers += not each.has_headers
    for letter in letters:
        ends[letter.request_id, letter.reason or "no reason"] += 1
    _compare(findings, ends, _expected(workload, people))
    return findings


def check_copies(workload: Workload, copies: Iterable[Delivered]) -> Findings:
    """One copy of each trigger."""
    findings = Findings()
    ends = Counter((each.request_id, "") for each in copies)
    _compare(findings, ends, ((request_id(number), "") for number in range(workload.triggers)))
    return findings


def check_executions(workload: Workload, executions: Iterable[str]) -> Findings:
    """One execution for each trigger with valid ids, by request id: here all have them."""
    findings = Findings()
    ends = Counter((each, "") for each in executions)
    _compare(findings, ends, ((request_id(number), "") for number in range(workload.triggers)))
    return findings


def delivery_id(request: str, recipient: str) -> str:
    """As the wire's documentation says that anyone can compute it."""
    return str(uuid5(uuid5(CLARION_NAMESPACE, f"{CAMPAIGN}/{request}"), f"{recipient}/email"))


def _expected(workload: Workload, people: Iterable[int]) -> Iterator[tuple[str, str]]:
    for number, person in enumerate(people):
        if flaw := workload.flaw(number):
            yield request_id(number), flaw.value
            continue
        for each in workload.recipients_of(person):
            yield request_id(number), f"email:{user_id(each)}"


def _compare(
    findings: Findings, ends: Mapping[tuple[str, str], int], expected: Iterable[tuple[str, str]]
) -> None:
    left = dict(ends)
    for end in expected:
        count = left.pop(end, 0)
        findings.lost += count == 0
        findings.duplicate += max(0, count - 1)
        if count != 1:
            findings.tell(f"{' '.join(end)}: {count} times")
    for end in left:
        findings.wrong += 1
        findings.tell(f"unexpected: {' '.join(end)}")
