"""What a person sees when a setting cannot be used."""

from typing import Final

ENVIRONMENT_PREFIX: Final = "CLARION_"


class SettingsError(Exception):
    """Settings that cannot be used: one line for each, with its name, what is wrong and what is allowed."""


def environment_name(field: str) -> str:
    """The environment variable that sets a field."""
    return ENVIRONMENT_PREFIX + field.upper()
