"""The variables that a campaign's templates use, each with all that is done with it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from consumer.campaigns.templates import TemplateSource, template_sources
from consumer.template.names import ANY_KEY, Path
from consumer.template.render import TemplateError
from consumer.template.usage_kinds import Kind
from consumer.template.use import Use
from schemas.campaign import CampaignFile
from schemas.json import DEPTH_MAX


@dataclass(slots=True)
class Variable:
    path: Path
    uses: list[tuple[TemplateSource, Use]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As an author writes it: `context.order.lines[0].sku`."""
        return spelled(self.path)

    @property
    def is_required(self) -> bool:
        """Whether some template cannot be rendered without it; within a list, for each item."""
        return any(use.is_required for _, use in self.uses)

    @property
    def kinds(self) -> set[Kind]:
        return {use.kind for _, use in self.uses if use.kind}

    @property
    def constants(self) -> list[object]:
        """What it is compared with."""
        return [use.constant for _, use in self.uses if use.constant is not None]


def variables_of(file: CampaignFile) -> dict[Path, Variable]:
    """Those of every template that can be parsed; the review reports the others."""
    return collect(template_sources(file))


def collect(sources: Iterable[TemplateSource]) -> dict[Path, Variable]:
    """The variables of these templates, in the order in which they are met."""
    found: dict[Path, Variable] = {}
    for source in sources:
        try:
            uses = source.read().uses
        except TemplateError:
            continue
        for use in (use for use in uses if len(use.path) <= DEPTH_MAX):
            found.setdefault(use.path, Variable(use.path)).uses.append((source, use))
    return found


def spelled(path: Path) -> str:
    steps = "".join(
        f".{key}" if isinstance(key, str) and (key.isidentifier() or key == ANY_KEY) else f"[{key!r}]"
        for key in path
    )
    return steps.removeprefix(".")
