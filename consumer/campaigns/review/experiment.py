"""What keeps an experiment from working."""

from collections.abc import Iterator
from math import isclose

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.table import found
from schemas.campaign import CampaignFile


def review_experiment(file: CampaignFile) -> Iterator[Finding]:
    """Treatments without content, and weights by which people cannot be assigned."""
    first: dict[str, float] | None = None
    for channel, settings in file.channels.used().items():
        treatments, path = settings.treatments or {}, f"channels.{channel}.treatments"
        for name, treatment in treatments.items():
            if not treatment.content:
                yield found("treatment_without_content", f"{path}.{name}.content", treatment=name)
        if not treatments:
            continue
        weights = {name: treatment.weight for name, treatment in treatments.items()}
        if not isclose(total := sum(weights.values()), 100, abs_tol=1e-6):
            yield found("weights_not_100", path, total=f"{total:g}")
        if first is None:
            first = weights
        elif weights != first:
            yield found("different_treatments", path)
