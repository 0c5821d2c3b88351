"""What a command needs to be told before it can begin."""

from config.errors import SettingsError, environment_name
from config.settings import Settings

_WHAT = {
    "kafka_bootstrap_servers": "the Kafka brokers, as host:port",
    "database_url": "PostgreSQL, as postgresql://user:password@host:5432/database",
}


def require(settings: Settings, *names: str) -> Settings:
    """The settings, if these are set. Raises SettingsError, one line for each that is not."""
    missing = [name for name in names if getattr(settings, name) is None]
    if missing:
        raise SettingsError(
            "\n".join(f"{environment_name(name)}: not set; give {_WHAT[name]}." for name in missing)
        )
    return settings
