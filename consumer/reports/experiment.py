"""A campaign's experiment as a document: each treatment against the first, and whether that is conclusive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from consumer.rules.confidence import Arm, Comparison, compare
from consumer.rules.experiment import treatment_weights
from consumer.store.database import Connection, Database
from consumer.store.experiments import (
    TreatmentCount,
    count_executed,
    count_reported,
    versions_of_experiment,
)
from schemas.campaign import CampaignFile
from schemas.experiment import Experiment

_MARKS: Final = {"opens": "opened", "clicks": "clicked"}
"""What channel services report, by the names of consumer/rules/delivery_state.py; no conversions yet."""
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    campaign_id: str
    experiment: Experiment
    versions: Sequence[int]
    weights: Mapping[str, float]
    counts: Mapping[str, TreatmentCount]
    """By treatment."""
    has_successes: bool
    """Whether anything was reported that they could be counted by."""
    held_out: int
    """People."""

    @property
    def comparisons(self) -> Mapping[str, Comparison]:
        """Of each treatment after the first; none while nothing was reported."""
        if not self.has_successes or len(self.counts) < 2:  # noqa: PLR2004 - one has nothing to be compared with
            return {}
        return compare({name: Arm(each.people, each.successes) for name, each in self.counts.items()}, LEVEL)

    @property
    def sentence(self) -> str:
        """Conclusive or not."""
        first, *others = self.counts or [""]
        metric = self.experiment.metric
        if not others:
            return "There is one treatment only, so there is nothing to compare."
        if not self.has_successes:
            return f"Nothing can be said yet: no {metric} were reported."
        conclusive = {name: found for name, found in self.comparisons.items() if found.is_conclusive}
        if not conclusive:
            return f"Not conclusive: the {metric} of {first} and {' and '.join(others)} may well be the same."
        told = [
            f"{name} has {'more' if _is_better(found) else 'fewer'}" for name, found in conclusive.items()
        ]
        return f"Conclusive at {LEVEL:.0%}: {' and '.join(told)} {metric} than {first}."


def _is_better(found: Comparison) -> bool:
    return bool(found.difference and found.difference > 0)


async def find_experiment(database: Database, file: CampaignFile) -> ExperimentReport | None:
    """None if the campaign's file has no experiment. Raises the errors of consumer.store."""
    if (experiment := file.experiment) is None:
        return None
    async with database.connection() as connection:
        versions = await versions_of_experiment(connection, file.id, experiment.name)
        executed = {each.treatment: each for each in await count_executed(connection, file.id, versions)}
        successes = await count_successes(connection, file.id, versions, experiment)
    held_out = executed.get("", TreatmentCount("", 0, 0)).people
    known = executed if successes is None else {each.treatment: each for each in successes}
    weights = treatment_weights(file.channels)
    counts = {name: known.get(name, TreatmentCount(name, 0, 0)) for name in weights}
    return ExperimentReport(file.id, experiment, versions, weights, counts, successes is not None, held_out)


async def count_successes(
    connection: Connection, campaign_id: str, versions: Sequence[int], experiment: Experiment
) -> Sequence[TreatmentCount] | None:
    """People, deliveries and successes by treatment, all from one source; None while nothing was reported."""
    if not (mark := _MARKS.get(experiment.metric)):
        return None
    found = await count_reported(connection, campaign_id, versions, mark)
    return found if any(each.successes for each in found) else None


def document(report: ExperimentReport) -> dict[str, object]:
    comparisons = report.comparisons
    return {
        "campaignId": report.campaign_id,
        "experiment": report.experiment.name,
        "metric": report.experiment.metric,
        "versions": list(report.versions),
        "holdout": {"percent": report.experiment.holdout, "people": report.held_out},
        "treatments": [
            {
                "treatment": name,
                "weight": report.weights[name],
                "people": count.people,
                "deliveries": count.deliveries,
                "conversions": count.successes if report.has_successes else None,
                "rate": Arm(count.people, count.successes).rate if report.has_successes else None,
                **_compared(comparisons.get(name)),
            }
            for name, count in report.counts.items()
        ],
        "isConclusive": any(found.is_conclusive for found in comparisons.values()),
        "sentence": report.sentence,
    }


def _compared(found: Comparison | None) -> dict[str, object]:
    """Against the first; nothing for the first itself."""
    if found is None:
        return {"lift": None, "difference": None, "interval": None, "isConclusive": None}
    return {
        "lift": found.lift,
        "difference": found.difference,
        "interval": list(found.interval),
        "isConclusive": found.is_conclusive,
    }
