"""Each trigger record is executed once, with the outcomes that it was to have."""

from collections.abc import Iterator

from proof.verify.evidence import Evidence, Json
from proof.verify.finding import Finding, Kind
from proof.verify.ledger import Entry, Ledger
from proof.workload.request import Outcome

CHECK = "executions"


def check_triggers(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """The workload itself: Kafka has each trigger once."""
    for number, count in ledger.sent_counts().items():
        if count != 1:
            kind = Kind.DUPLICATED if count else Kind.LOST
            yield Finding(kind, "triggers", f"trigger {number} is {count} times on its topic")
    if strangers := len(evidence.triggers) - len(ledger.entries):
        yield Finding(Kind.PHANTOM, "triggers", f"{strangers} triggers are not of this proof")


def check_executions(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.executions:
        source = found.json["source"]
        if (source["partition"], source["offset"]) not in ledger.by_place:
            yield Finding(Kind.PHANTOM, CHECK, f"{found} names a trigger that there is not")
    for entry in ledger.entries:
        yield from _check_entry(ledger, entry)


def _check_entry(ledger: Ledger, entry: Entry) -> Iterator[Finding]:
    wanted, found = int(entry.request.request_id is not None), len(entry.executions)
    if found < wanted:
        yield Finding(Kind.LOST, CHECK, f"{entry} has no execution record")
    elif found > wanted:
        yield Finding(Kind.DUPLICATED, CHECK, f"{entry} has {found} execution records")
    for execution in entry.executions[:wanted]:
        yield from _compare(entry, execution, ledger.expected(entry))


def _compare(entry: Entry, execution: Json, expected: tuple[Outcome, ...]) -> Iterator[Finding]:
    ids = {"executionId": entry.request.execution_id, "requestId": entry.request.request_id, "attempt": 1}
    if wrong := {name: execution[name] for name, value in ids.items() if execution[name] != value}:
        yield Finding(Kind.WRONG, CHECK, f"{entry}: {wrong}")
    wanted = [_as_told(outcome) for outcome in expected]
    if execution["outcomes"] != wanted:
        yield Finding(Kind.WRONG, CHECK, f"{entry} tells {execution['outcomes']}, and not {wanted}")


def _as_told(outcome: Outcome) -> Json:
    told = {
        "recipient": outcome.recipient,
        "channel": outcome.channel,
        "outcome": outcome.kind,
        "reason": outcome.reason,
        "deliveryId": outcome.message and outcome.message.id,
    }
    return {name: value for name, value in told.items() if value is not None}
