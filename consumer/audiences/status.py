"""How an execution stands, as every door shows it. Its counts add up to all who were targeted, always."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from consumer.store.audience_counts import NOTHING, RATE_SECONDS, Tally, count_outcomes
from consumer.store.audience_executions import State, StoredExecution
from consumer.store.audience_pages import DELIVERED, HELD
from consumer.store.database import Connection
from schemas.delivery import timestamp
from schemas.json import JsonObject
from schemas.reasons import TABLE, Kind


@dataclass(frozen=True, slots=True)
class Status:
    execution: StoredExecution
    tally: Tally
    produced: int
    """Members whose triggers were put on the topic at least once."""

    @property
    def state(self) -> State:
        """It has ended once nothing of it is being sent: then its counts are final."""
        return "InProgress" if self.in_flight else self.execution.state

    @property
    def targeted(self) -> int:
        return self.execution.targeted or 0

    @property
    def without_identity(self) -> int:
        return self.execution.without_identity or 0

    @property
    def delivered(self) -> int:
        return self.tally.by_reason.get(DELIVERED, 0)

    @property
    def excluded(self) -> int:
        return self._count(rejected=False)

    @property
    def rejected(self) -> int:
        return self._count(rejected=True)

    @property
    def not_sent(self) -> int:
        """Members of whom nothing is decided, not yet or no more; those who are held are among them."""
        decided = self.delivered + self.excluded + self.rejected
        return self.targeted - self.without_identity - decided

    @property
    def in_flight(self) -> int:
        """Those of them whom a consumer decides just now."""
        return self.tally.in_flight

    @property
    def per_second(self) -> float:
        return self.tally.recent / RATE_SECONDS

    def expected_end(self, now: datetime) -> datetime | None:
        """At the rate of the last seconds; None when it stands still."""
        if self.state != "InProgress" or self.execution.is_paused or not self.per_second:
            return None
        return now + timedelta(seconds=self.not_sent / self.per_second)

    def counts(self) -> dict[str, int]:
        return {
            "targeted": self.targeted,
            "withoutIdentity": self.without_identity,
            "produced": self.produced,
            "delivered": self.delivered,
            "excluded": self.excluded,
            "rejected": self.rejected,
            "notSent": self.not_sent,
        }

    def _count(self, *, rejected: bool) -> int:
        return sum(
            found
            for reason, found in self.tally.by_reason.items()
            if reason not in {DELIVERED, HELD} and _rejects(reason) is rejected
        )


def _rejects(reason: str) -> bool:
    # A newer Clarion's consumers may have reasons that are not known here.
    return next((entry.kind is Kind.REJECTION for known, entry in TABLE.items() if known == reason), True)


async def read_status(connection: Connection, execution: StoredExecution) -> Status:
    return (await read_statuses(connection, [execution]))[0]


async def read_statuses(connection: Connection, executions: Sequence[StoredExecution]) -> list[Status]:
    tallies = await count_outcomes(connection, [each.id for each in executions if each.final_counts is None])
    return [_status(each, tallies.get(each.id, NOTHING)) for each in executions]


def _status(execution: StoredExecution, tally: Tally) -> Status:
    if execution.final_counts is not None:
        tally = Tally(execution.final_counts, 0, 0)
    members = (execution.targeted or 0) - (execution.without_identity or 0)
    # All pages but the last have the same size.
    produced = min(members, execution.produced_pages * execution.page_size) if execution.page_size else 0
    return Status(execution, tally, produced)


def document(status: Status, now: datetime | None = None) -> JsonObject:
    """AJO's members first, then ours."""
    execution, end = status.execution, status.expected_end(now or datetime.now(UTC))
    return {
        "executionId": str(execution.id),
        "requestId": execution.request_id,
        "campaignId": execution.campaign_id,
        "audienceId": execution.audience_id,
        "status": status.state,
        "targetedProfileCount": status.targeted,
        "createdAt": timestamp(execution.created_at),
        "createdBy": execution.created_by,
        "paused": execution.is_paused,
        "reason": execution.reason,
        "counts": status.counts(),
        "inFlight": status.in_flight,
        "byReason": _by_reason(status.tally.by_reason),
        "ratePerSecond": status.per_second,
        "expectedEnd": timestamp(end) if end else None,
        "finishedAt": timestamp(execution.finished_at) if execution.finished_at else None,
    }


def _by_reason(found: Mapping[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in sorted(found.items()) if reason != DELIVERED and count}
