"""Recording a change: only what differs, no secrets, no context, no text without end."""

from collections.abc import Mapping
from typing import Final

from consumer.audit.actor import current_actor
from consumer.store.audit import insert_audit_entry
from consumer.store.registry import AnyConnection
from schemas.json import JsonObject

TEXT_LENGTH_MAX: Final = 2_000
_LEFT_OUT: Final = frozenset({"context", "secret", "secretHash", "password", "token", "authorization"})


async def record(
    connection: AnyConnection,
    what: str,
    subject: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Record that the current actor did something. Call it in the transaction that makes the change.

    `what` is noun and verb, as `campaign.activate`; `subject` is the id of what was changed. Of `before` and
    `after` only the members that differ are stored, without contexts and secrets, and without null members.
    People are named by profile id: what is recorded here outlives the erasure of a profile.
    """
    actor = current_actor()
    was, became = differing(stored(before or {}), stored(after or {}))
    await insert_audit_entry(
        connection,
        door=actor.door,
        actor=actor.id,
        actor_name=actor.name,
        what=what,
        subject=subject,
        before=was or None,
        after=became or None,
    )


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[JsonObject, JsonObject]:
    """The members that differ, of both; of objects that differ, only theirs."""
    was: JsonObject = {}
    became: JsonObject = {}
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            old, new = differing(old, new)
        if old is not None:
            was[name] = old
        if new is not None:
            became[name] = new
    return was, became


def stored(value: Mapping[str, object]) -> JsonObject:
    return {name: _bounded(member) for name, member in value.items() if name not in _LEFT_OUT}


def _bounded(value: object) -> object:
    if isinstance(value, Mapping):
        return stored(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_bounded(element) for element in value]
    if isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
        return f"{value[:TEXT_LENGTH_MAX]}... ({len(value):,} characters)"
    return value
