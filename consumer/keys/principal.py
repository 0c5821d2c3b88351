"""Who calls, whatever they are known by, and what they may do and see."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Self

from consumer.keys.key import Scope
from consumer.store.keys import KeyRow

MaySee = Callable[[str, Collection[str]], bool]
"""Whether somebody may see the campaign with this id and these labels."""


@dataclass(frozen=True, slots=True)
class Principal:
    id: str
    """Of the key, or what the issuer calls the person; what `createdBy` says."""
    name: str
    scopes: frozenset[str]
    campaigns: frozenset[str] = frozenset()
    """The only ones; empty: all."""
    labels: frozenset[str] = frozenset()
    """Campaigns that have others are hidden; empty: none is."""
    rate: int | None = None
    """Calls per second."""
    is_key: bool = True
    """Not somebody whom an issuer vouches for."""

    @classmethod
    def of_key(cls, row: KeyRow) -> Self:
        limits = frozenset(row.campaigns), frozenset(row.labels)
        return cls(row.id, row.name, frozenset(row.scopes), *limits, row.rate)

    @property
    def sees_all(self) -> bool:
        return not self.campaigns and not self.labels

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_see(self, campaign_id: str, labels: Collection[str]) -> bool:
        """Whether the campaign with these labels exists for this caller, to be triggered or shown."""
        if self.campaigns and campaign_id not in self.campaigns:
            return False
        return not self.labels or self.labels.issuperset(labels)


def sees_all(campaign_id: str, labels: Collection[str]) -> bool:  # noqa: ARG001 - as MaySee has it
    return True
