"""The rights that the code asks for are those of the table in docs/deployment.md, no more and no fewer."""

import pytest

from consumer.kafka.rights import (
    Right,
    consumer_rights,
    feedback_rights,
    gateway_rights,
    operator_rights,
    projector_rights,
    writing,
)
from consumer.kafka.topics import Topics
from tests.integration.secured.rights_table import Grant, grants

TOPICS = Topics("clarion.")
NEEDED: dict[str, list[Right]] = {
    "producer": writing(TOPICS.triggers("unitary")),
    "consumer": consumer_rights(TOPICS, "unitary", "clarion.unitary", "clarion.unitary.7f3a"),
    "feedback": feedback_rights(TOPICS),
    "gateway": gateway_rights(TOPICS),
    "projector": projector_rights(TOPICS),
    "operator": operator_rights(TOPICS),
}


def allows(grant: Grant, right: Right) -> bool:
    same = (grant.operation, grant.resource) == (right.operation, right.resource)
    return same and grant.covers(right.name)


@pytest.mark.parametrize("role", NEEDED)
def test_every_right_that_is_needed_is_granted(role: str) -> None:
    granted = grants(role)

    assert [right for right in NEEDED[role] if not any(allows(grant, right) for grant in granted)] == []


@pytest.mark.parametrize("role", NEEDED)
def test_nothing_is_granted_that_is_not_needed(role: str) -> None:
    assert [g for g in grants(role) if not any(allows(g, right) for right in NEEDED[role])] == []
