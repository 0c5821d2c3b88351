"""docs/settings.md from the settings themselves: `python -m config.reference > docs/settings.md`."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config.errors import environment_name
from config.gateway import GatewaySettings
from config.settings import Settings
from schemas.duration import format_duration

_HEAD = """\
# Settings

Every setting is an environment variable; an empty one counts as unset. Invalid settings, and variables with
the prefix `CLARION_` that are no settings, are all reported at startup, and the process exits.
Durations are written like `90s`, `15m`, `48h` or `30d`.

| Variable | Default | Meaning |
|---|---|---|
"""
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def settings_page() -> str:
    """The page as Markdown."""
    properties = Settings.model_json_schema()["properties"]
    # A part's settings come first there, and here after those of everything.
    fields = sorted(properties, key=lambda field: field in GatewaySettings.model_fields)
    return _HEAD + "".join(_row(field, properties[field]) for field in fields)


def _row(field: str, schema: Mapping[str, Any]) -> str:
    # An optional setting's constraints stand among its alternatives.
    facts = {key: value for part in [schema, *schema.get("anyOf", [])] for key, value in part.items()}
    meaning = " ".join(filter(None, (schema["description"], _choices(facts), _bounds(facts))))
    return f"| `{environment_name(field)}` | {_default(field)} | {meaning} |\n"


def _default(field: str) -> str:
    value = Settings.model_fields[field].default
    if value is None:
        return ""
    return f"`{format_duration(value) if isinstance(value, timedelta) else value}`"


def _choices(facts: Mapping[str, Any]) -> str:
    values = " or ".join(f"`{value}`" for value in facts.get("enum", []))
    return f"{values}." if values else ""


def _bounds(facts: Mapping[str, Any]) -> str:
    limits = [f"{words} {facts[bound]:,}" for bound, words in _BOUNDS.items() if bound in facts]
    sentence = ", ".join(limits)
    return f"{sentence[0].upper()}{sentence[1:]}." if limits else ""


if __name__ == "__main__":
    sys.stdout.write(settings_page())
