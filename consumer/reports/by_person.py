"""Finding executions by somebody's identity or address."""

from config.settings import Settings
from consumer.rules.person import PersonHashes


class NotFindableError(Exception):
    """Executions cannot be found by this person; the message says why."""


def people_sought(settings: Settings, name: str) -> list[bytes]:
    """For ExecutionFilter.people: of `email:alice@example.com`, `phone:+4670...`, `crm:123`, `push:TOKEN`.

    Raises NotFindableError.
    """
    kind, colon, written = name.partition(":")
    if not (kind and colon and written):
        raise NotFindableError(f"Write {name!r} as NAMESPACE:USERID or as CHANNEL:ADDRESS.")
    if not settings.signing_keys:
        raise NotFindableError(
            "Executions are found by person only with CLARION_SECRET_KEY set, here and for "
            "`clarion project`; what was projected before is found after `clarion project --rebuild`."
        )
    return PersonHashes(settings.signing_keys, settings.phone_region).sought(name)
