"""What keeps an experiment from working, as a place in the file and a sentence. Pure."""

from collections.abc import Iterator
from math import isclose

from schemas.campaign import CampaignFile

Mistake = tuple[str, str]


def experiment_mistakes(file: CampaignFile) -> Iterator[Mistake]:
    """Treatments without content, and weights by which people cannot be assigned."""
    first: dict[str, float] | None = None
    for channel, settings in file.channels.used().items():
        treatments, path = settings.treatments or {}, f"channels.{channel}.treatments"
        for name, treatment in treatments.items():
            if not treatment.content:
                yield f"{path}.{name}.content", f"The treatment '{name}' has no content."
        if not treatments:
            continue
        weights = {name: treatment.weight for name, treatment in treatments.items()}
        if not isclose(total := sum(weights.values()), 100, abs_tol=1e-6):
            yield path, f"The weights add up to {total:g}; they must add up to 100."
        if first is None:
            first = weights
        elif weights != first:
            # A person has one treatment, whichever the channel.
            yield path, "All channels with treatments must have the same ones, with the same weights."
