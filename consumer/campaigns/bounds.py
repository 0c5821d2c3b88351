"""How much a file may hold that is applied.

What is stored already is not measured: an older Clarion may have taken more, and that stays in force.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.content import PushTemplates, content_path, contents
from schemas.json import canonical
from schemas.trigger_wire import CONTEXT_BYTES_MAX

DESCRIPTION_CHARACTERS_MAX: Final = 10_000
TAGS_MAX: Final = 100
"""And as many labels."""
LOCALES_MAX: Final = 200
DATA_MAX: Final = 100
"""Members of a push message's data."""
NAME_CHARACTERS_MAX: Final = 255
SENDER_BYTES_MAX: Final = 10_000
CONFIGURATIONS_MAX: Final = 1_000


def campaign_excesses(file: CampaignFile) -> Iterator[str]:
    """`description: it has 30,000 characters; at most 10,000 are allowed`, one for each bound."""
    yield from _excess("description", len(file.description), DESCRIPTION_CHARACTERS_MAX, "characters")
    yield from _excess("tags", len(file.tags), TAGS_MAX, "tags")
    yield from _excess("labels", len(file.labels), TAGS_MAX, "labels")
    yield from _json_excess("context", file.definition()["context"], CONTEXT_BYTES_MAX)
    for channel, settings in file.channels.used().items():
        for treatment, content in contents(settings).items():
            path = content_path(channel, treatment)
            yield from _excess(path, len(content), LOCALES_MAX, "locales")
            for locale, templates in content.items():
                if isinstance(templates, PushTemplates) and templates.data:
                    yield from _data_excesses(f"{path}.{locale}.data", templates.data)


def configuration_excesses(configurations: Mapping[str, ChannelConfiguration]) -> Iterator[str]:
    """The same, of a file of channel configurations."""
    if len(configurations) > CONFIGURATIONS_MAX:
        yield f"it has {len(configurations):,} configurations; at most {CONFIGURATIONS_MAX:,} are allowed"
    for name, configuration in configurations.items():
        yield from _json_excess(name, configuration.model_dump(mode="json"), SENDER_BYTES_MAX)


def _data_excesses(path: str, data: Mapping[str, str]) -> Iterator[str]:
    yield from _excess(path, len(data), DATA_MAX, "members")
    longest = max(map(len, data))
    yield from _excess(path, longest, NAME_CHARACTERS_MAX, "characters in a member's name")


def _json_excess(path: str, value: object, most: int) -> Iterator[str]:
    yield from _excess(path, len(canonical(value)), most, "bytes as JSON")


def _excess(path: str, found: int, most: int, unit: str) -> Iterator[str]:
    if found > most:
        yield f"{path}: it has {found:,} {unit}; at most {most:,} are allowed"
