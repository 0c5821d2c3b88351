"""The settings that a command cannot begin without."""

from config.errors import SettingsError, unset
from config.settings import Settings


def require(settings: Settings, *names: str) -> Settings:
    """The settings, if these are set. Raises SettingsError, one line for each that is not."""
    if missing := [name for name in names if getattr(settings, name) is None]:
        raise SettingsError("\n".join(map(unset, missing)))
    return settings
