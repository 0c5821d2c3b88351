"""Whether topics exist and the rights on them are granted: checked before work, reported right by right."""

from collections.abc import Collection, Mapping
from typing import Final

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from consumer.kafka.errors import RightsMissingError, refuse_missing
from consumer.kafka.fencing.access import Client, check_transaction_rights, topic_operations
from consumer.kafka.rights import Operation, Resource, Right

AUTHORIZATION_ERRORS: Final = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
"""What Kafka's client raises when a right is missing. None of them passes by waiting."""

_CODES: Final = {
    Operation.READ: 3,
    Operation.WRITE: 4,
    Operation.CREATE: 5,
    Operation.DESCRIBE: 8,
    Operation.DESCRIBE_CONFIGS: 10,
    Operation.ALTER_CONFIGS: 11,
}
"""As Kafka's AclOperation numbers them."""


async def check_access(client: Client, rights: Collection[Right]) -> None:
    """Raise RightsMissingError, or TopicsMissingError for topics that do not exist.

    The client has to be started.
    """
    allowed = await check_rights(client, rights)
    refuse_missing(allowed, {name for name, operations in allowed.items() if operations is not None})


async def check_rights(client: Client, rights: Collection[Right]) -> Mapping[str, frozenset[int] | None]:
    """Raise RightsMissingError. Returns the operations allowed on each topic; None where there is none."""
    topics = {right.name for right in rights if right.resource is Resource.TOPIC}
    allowed = await topic_operations(client, topics) if topics else {}
    missing = [r for r in rights if r.resource is Resource.TOPIC and not _is_granted(r, allowed)]
    missing += await _missing_for_transactions(client, rights)
    if missing:
        raise RightsMissingError(missing)
    return allowed


def _is_granted(right: Right, allowed: Mapping[str, frozenset[int] | None]) -> bool:
    operations = allowed.get(right.name)
    return operations is None or _CODES[right.operation] in operations


async def _missing_for_transactions(client: Client, rights: Collection[Right]) -> list[Right]:
    named = {right.resource: right for right in rights}
    transactional_id, group = named.get(Resource.TRANSACTIONAL_ID), named.get(Resource.GROUP)
    if transactional_id is None:
        return []
    try:
        await check_transaction_rights(client, transactional_id.name, group.name if group else None)
    except TransactionalIdAuthorizationFailed:
        return [transactional_id]
    except GroupAuthorizationFailedError:
        return [group] if group else []
    return []
