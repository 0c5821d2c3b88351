"""The table of rights in docs/deployment.md as access control lists: tests grant what the page says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # exported, but not by name
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

PAGE: Final = Path(__file__).parents[3] / "docs" / "deployment.md"
ROLES: Final = ("producer", "consumer", "projector", "feedback", "gateway", "operator", "creator")
_ROW: Final = re.compile(rf"^\| ({'|'.join(ROLES)}) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)
_OPERATIONS: Final = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
    "AlterConfigs": AclOperation.ALTER_CONFIGS,
}
_RESOURCES: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional id": ResourceType.TRANSACTIONAL_ID,
}


@dataclass(frozen=True, slots=True)
class Grant:
    role: str
    operation: str
    resource: str
    name: str
    """A star at the end stands for whatever follows."""

    def __str__(self) -> str:
        return f"{self.role}: {self.operation} on {self.resource} {self.name}"

    def covers(self, name: str) -> bool:
        return name.startswith(self.name[:-1]) if self.name.endswith("*") else name == self.name

    def under(self, prefix: str) -> "Grant":
        """The same for an installation with another topic prefix."""
        return replace(self, name=prefix + self.name.removeprefix("clarion."))

    def to(self, user: str) -> AclBinding:
        return AclBinding(*self._pattern, f"User:{user}", "*", self._operation, AclPermissionType.ALLOW)

    def of(self, user: str) -> AclBindingFilter:
        return AclBindingFilter(*self._pattern, f"User:{user}", "*", self._operation, AclPermissionType.ALLOW)

    @property
    def _pattern(self) -> tuple[ResourceType, str, ResourcePatternType]:
        kind = ResourcePatternType.PREFIXED if self.name.endswith("*") else ResourcePatternType.LITERAL
        return _RESOURCES[self.resource], self.name.removesuffix("*"), kind

    @property
    def _operation(self) -> AclOperation:
        return _OPERATIONS[self.operation]


def grants(*roles: str) -> list[Grant]:
    """All that the page grants, or what it grants to these roles."""
    return [grant for grant in _read(PAGE.read_text(encoding="utf-8")) if grant.role in (roles or ROLES)]


def _read(page: str) -> Iterator[Grant]:
    for role, operations, resource, names in _ROW.findall(page):
        for name in re.findall("`([^`]+)`", names):
            for operation in operations.split(", "):
                yield Grant(role, operation, resource, name)
