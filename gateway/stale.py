"""How old what the gateway has in memory may be."""

from consumer.campaigns.registry import Registry
from consumer.keys.held import HeldKeys


def stale(registry: Registry, keys: HeldKeys, seconds_max: float) -> list[str]:
    """Why calls cannot be judged by it any more; empty while they can."""
    age = max(registry.age_seconds, keys.age_seconds)
    if age <= seconds_max:
        return []
    return [f"PostgreSQL does not answer, and campaigns and keys were last read {age:.0f} s ago"]
