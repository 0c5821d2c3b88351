"""What an installation decides by beside its campaigns: the settings that the rules know."""

from dataclasses import dataclass

from schemas.profile import ConsentDefault


@dataclass(frozen=True, slots=True)
class Policy:
    consent_default: ConsentDefault = "opt-in"
    phone_region: str | None = None
    """The country of telephone numbers that name none, when they are compared with a list."""
