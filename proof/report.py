"""What came of a proof: the line to end with, and the whole of it as JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

from proof.director import Event
from proof.plan import Plan
from proof.stage import Stage
from proof.verify import Evidence, Finding, Kind

FINDINGS_MAX = 50
TOLD_SETTINGS = ("session_timeout_ms", "transaction_timeout_ms", "batch_max", "replication_factor")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the end of faults of one kind to new deliveries; None where they did not come."""

    count: int
    first_median: float | None
    first_max: float | None
    all_median: float | None
    all_max: float | None


@dataclass(frozen=True, slots=True)
class Report:
    plan: Plan
    settings: Mapping[str, object]
    """Those of the engine on which the recovery depends."""
    seconds: float
    triggers: int
    volumes: Mapping[str, int]
    """How much of everything there was."""
    events: Sequence[Event]
    findings: Sequence[Finding]

    @classmethod
    def of(
        cls,
        stage: Stage,
        evidence: Evidence,
        events: Sequence[Event],
        findings: Sequence[Finding],
        seconds: float,
    ) -> Self:
        settings = stage.settings.model_dump(include=set(TOLD_SETTINGS))
        requests = len(stage.sender.requests)
        return cls(stage.plan, settings, seconds, requests, _volumes(evidence), events, findings)

    @property
    def holds(self) -> bool:
        return not self.findings

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(finding.kind for finding in self.findings)

    def line(self) -> str:
        """As `triggers=60000 faults=37 lost=0 duplicated=0 misordered=0`, and the other kinds there are."""
        counts = " ".join(f"{kind}={self.counts[kind]}" for kind in Kind)
        return f"triggers={self.triggers} faults={len(self.events)} {counts}"

    def recoveries(self) -> dict[str, Recovery]:
        by_kind: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            by_kind[event.kind].append(event)
        return {kind: _recovery(events) for kind, events in sorted(by_kind.items())}

    def as_json(self) -> dict[str, Any]:
        plan = asdict(self.plan)
        # They say nothing of the proof, and the folder is this machine's affair.
        for name in ("log_folder", "moments", "engine"):
            plan.pop(name)
        return {
            "holds": self.holds,
            "line": self.line(),
            "plan": plan,
            "settings": self.settings,
            "seconds": round(self.seconds, 1),
            "triggers": self.triggers,
            "volumes": self.volumes,
            "counts": {kind.value: self.counts[kind] for kind in Kind},
            "recoveries": {kind: asdict(recovery) for kind, recovery in self.recoveries().items()},
            "faults": [asdict(event) for event in self.events],
            "findings": [asdict(finding) for finding in self.findings[:FINDINGS_MAX]],
        }


def _recovery(events: Sequence[Event]) -> Recovery:
    first = [event.first_delivery for event in events]
    every = [event.all_partitions for event in events]
    return Recovery(len(events), *_median_and_max(first), *_median_and_max(every))


def _median_and_max(seconds: Sequence[float | None]) -> tuple[float | None, float | None]:
    there = [each for each in seconds if each is not None]
    if not there:
        return None, None
    return round(median(there), 2), max(there) if len(there) == len(seconds) else None


def _volumes(evidence: Evidence) -> dict[str, int]:
    return {
        "triggers": len(evidence.triggers),
        "deliveries": sum(map(len, evidence.deliveries.values())),
        "executions": len(evidence.executions),
        "dead_letters": len(evidence.dead_letters),
        "profiles": len(evidence.profiles),
        "claims": len(evidence.claims),
    }
