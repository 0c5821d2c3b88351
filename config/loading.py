"""The settings as the environment has them, checked one by one and together."""

import os

from pydantic import ValidationError

from config.combinations import faults
from config.errors import ENVIRONMENT_PREFIX, SettingsError
from config.settings import Settings
from config.unknown import unknown
from config.wording import worded


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, with the overrides in place of what it says.

    Raises SettingsError, which has one line for each bad setting.
    """
    if broken := [name for name, value in os.environ.items() if _is_ours(name) and not _is_text(value)]:
        raise SettingsError("\n".join(f"{name}: is not UTF-8 text" for name in broken))
    strange = list(unknown(os.environ))
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join([*strange, worded(error, Settings)])) from None
    if found := [*strange, *faults(settings)]:
        raise SettingsError("\n".join(found))
    return settings


def _is_ours(name: str) -> bool:
    # A file's name need not be text.
    return name.startswith(ENVIRONMENT_PREFIX) and not name.endswith("FILE")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
