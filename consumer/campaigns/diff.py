"""What differs between two versions of a campaign: their files, and the sample as each renders it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from consumer.campaigns import lifecycle
from consumer.campaigns.as_yaml import as_yaml
from consumer.campaigns.choosing import choose_version
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.sample import sample_variables
from consumer.campaigns.templates import message_sources, template_sources
from consumer.campaigns.variables import collect
from consumer.rules.campaign import Content
from consumer.rules.compose import CONTENT_BYTES_MAX
from consumer.store.campaigns import StoredCampaign, Version
from consumer.store.database import Connection
from consumer.template.render import (
    MissingVariables,
    Rendered,
    RenderFailed,
    TemplateError,
    render_bounded,
)
from schemas.campaign import CampaignFile


@dataclass(frozen=True, slots=True)
class Difference:
    before: int
    after: int
    file: Sequence[str]
    """Lines as `diff -u` writes them; none when nothing differs."""
    sample: Sequence[str]
    """The same of the messages, rendered with the same made-up values."""

    def document(self) -> dict[str, object]:
        return {"before": self.before, "after": self.after, "file": self.file, "sample": self.sample}


async def find_difference(
    connection: Connection, campaign_id: str, before: str | None = None, after: str | None = None
) -> Difference:
    """By default the draft against the live version, or the last two. Raises LifecycleError."""
    stored = await lifecycle.find(connection, campaign_id)
    one, other = (before, after) if before and after else _defaults(stored)
    old = await choose_version(connection, stored, before or one)
    new = await choose_version(connection, stored, after or other)
    return difference(old, new)


def _defaults(stored: StoredCampaign) -> tuple[str, str]:
    if stored.live and stored.draft:
        return "live", "draft"
    last = stored.last.number
    if last == 1:
        raise LifecycleError(f"Campaign '{stored.id}' has one version only; there is nothing to compare.")
    return str(last - 1), str(last)


def difference(before: Version, after: Version) -> Difference:
    """Raises LifecycleError when one is not a file by this Clarion's rules."""
    files = [lifecycle.read_definition(version) for version in (before, after)]
    variables = collect(source for file in files for source in template_sources(file))
    samples = [rendered_sample(file, sample_variables(file, variables)) for file in files]
    texts = [as_yaml(file.written()) for file in files]
    return Difference(
        before.number,
        after.number,
        _lines(before, texts[0], after, texts[1]),
        _lines(before, samples[0], after, samples[1]),
    )


def rendered_sample(file: CampaignFile, variables: Mapping[str, object]) -> str:
    """Every message, rendered, part by part."""
    texts: list[str] = []
    for message in message_sources(file):
        try:
            content = Content(message.locale, message.templates).message
            answer = render_bounded(content, variables, max_bytes=CONTENT_BYTES_MAX)
        except TemplateError as error:
            texts.append(f"{message.path}: {error}")
            continue
        match answer:
            case Rendered(parts):
                texts.extend(f"{message.path}.{part}:\n{text}" for part, text in parts.items())
            case RenderFailed(detail):
                texts.append(f"{message.path}: {detail}")
            case MissingVariables(names):
                texts.append(f"{message.path}: {', '.join(names)} are missing")
            case _:
                texts.append(f"{message.path}: too large")
    return "\n".join(texts) + "\n"


def _lines(before: Version, text: str, after: Version, other: str) -> list[str]:
    names = f"version {before.number}", f"version {after.number}"
    return list(unified_diff(text.splitlines(), other.splitlines(), *names, lineterm=""))
