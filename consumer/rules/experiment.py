"""Who gets which treatment of a campaign's experiment, and who is held out.

Each treatment draws a number for the person, exponentially distributed with its weight as the rate, and the
smallest wins. When weights change, only people of treatments that lost weight in relation to others move, and
no other rule that looks at one set of weights at a time moves fewer: Moulton and Jiang, "Maximally Consistent
Sampling and the Jaccard Index of Probability Distributions", 2018.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import log

from schemas.content import Channels
from schemas.experiment import Experiment as WrittenExperiment


@dataclass(frozen=True, slots=True)
class Experiment:
    name: str
    weights: Mapping[str | None, float]
    """By treatment; under None the holdout. A holdout without treatments leaves the rest to `""`."""

    def assign(self, campaign_id: str, identity: str) -> str | None:
        """The person's treatment; None for one who is held out. `identity` is `namespace:userId`."""
        # Neither an id nor a name has control characters, so the separator is unambiguous.
        seed = sha256(f"{campaign_id}\0{self.name}\0{identity}".encode()).digest()
        return min(self.weights, key=lambda treatment: _draw(seed, treatment) / self.weights[treatment])


def _draw(seed: bytes, treatment: str | None) -> float:
    """Exponentially distributed with the rate 1, the same for ever for this person and treatment."""
    kind = b"holdout" if treatment is None else b"treatment:" + treatment.encode()
    number = int.from_bytes(sha256(seed + kind).digest()[:8])
    return -log((number + 0.5) / 2**64)


def build_experiment(written: WrittenExperiment | None, channels: Channels) -> Experiment | None:
    """The experiment that a campaign's file defines; None if it has none."""
    if written is None:
        return None
    weights = treatment_weights(channels) or {"": 100.0}
    total = sum(weights.values())
    shares: dict[str | None, float] = {
        name: (100 - written.holdout) * weight / total for name, weight in weights.items() if weight
    }
    if written.holdout:
        shares[None] = written.holdout
    return Experiment(written.name, shares)


def treatment_weights(channels: Channels) -> Mapping[str, float]:
    """Those of the first channel that has treatments: the review holds that all have the same."""
    for settings in channels.used().values():
        if settings.treatments:
            return {name: treatment.weight for name, treatment in settings.treatments.items()}
    return {}
