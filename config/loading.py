"""The settings as the environment has them, checked one by one and together."""

from pydantic import ValidationError

from config.combinations import faults
from config.errors import SettingsError
from config.settings import Settings
from config.wording import worded


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, with the overrides in place of what it says.

    Raises SettingsError, which has one line for each bad setting.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(worded(error, Settings)) from None
    if found := list(faults(settings)):
        raise SettingsError("\n".join(found))
    return settings
