"""Nothing is left half done: claims, offsets, transactions, and a reader who was there all the time."""

from collections.abc import Iterator

from proof.verify.evidence import Evidence
from proof.verify.finding import Finding, Kind
from proof.verify.ledger import Ledger


def check_claims(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """The database has a claim for each delivery on the topics, for nothing else, and of the same record."""
    delivered = {found.json["deliveryId"] for records in evidence.deliveries.values() for found in records}
    for id_ in sorted(delivered - evidence.claims.keys()):
        yield Finding(Kind.LOST, "claims", f"delivery {id_} is claimed by nobody")
    for id_ in sorted(evidence.claims.keys() - delivered):
        owner = evidence.claims[id_]
        yield Finding(Kind.PHANTOM, "claims", f"{owner.partition}:{owner.offset} claims {id_}, undelivered")
    for id_ in sorted(delivered & evidence.claims.keys() & ledger.winners.keys()):
        winner, owner = ledger.winners[id_][0], evidence.claims[id_]
        if winner.place != owner:
            yield Finding(Kind.WRONG, "claims", f"{winner} delivers {id_}, which belongs to {owner}")


def check_offsets(_ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """The group has come to the end of the triggers."""
    for partition, end in evidence.ends.items():
        committed = evidence.committed.get(partition, 0)
        if max(committed, 0) != end:
            yield Finding(
                Kind.UNSETTLED, "offsets", f"partition {partition} is committed to {committed} of {end}"
            )


def check_transactions(_ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """Nothing holds back those who read committed records."""
    for place in evidence.held_back:
        yield Finding(Kind.UNSETTLED, "transactions", f"a transaction is still open on {place}")


def check_followed(_ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """Who followed the deliveries through all faults saw what is there in the end, no more and no less."""
    if evidence.followed is None:
        return
    there = {
        (found.topic, found.partition, found.offset)
        for records in evidence.deliveries.values()
        for found in records
    }
    if missed := there - evidence.followed:
        yield Finding(Kind.LOST, "followed", f"a reader missed {len(missed)} deliveries, as {min(missed)}")
    if gone := evidence.followed - there:
        yield Finding(Kind.PHANTOM, "followed", f"a reader saw {len(gone)} that are gone, as {min(gone)}")
