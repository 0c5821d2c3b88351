"""Each message is there once, as it was to be, and one person's are in their order."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from proof.verify.evidence import Evidence, Found, Json, Place
from proof.verify.finding import Finding, Kind
from proof.verify.ledger import Entry, Ledger
from proof.workload.request import Message

CHECK = "deliveries"


def check_deliveries(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    by_id = _by_id(evidence)
    expected = ledger.deliveries()
    for id_, (entry, message) in expected.items():
        found = by_id.get(id_, [])
        if not found:
            yield Finding(Kind.LOST, CHECK, f"{entry}: delivery {id_} is not there")
            continue
        if len(found) > 1:
            yield Finding(Kind.DUPLICATED, CHECK, f"{entry}: delivery {id_} at {', '.join(map(str, found))}")
        yield from _compare(entry, message, found[0], evidence)
    for id_ in by_id.keys() - expected.keys():
        yield Finding(Kind.PHANTOM, CHECK, f"delivery {id_} at {by_id[id_][0]} was not to be")


def _compare(entry: Entry, message: Message, found: Found, evidence: Evidence) -> Iterator[Finding]:
    value, wanted = found.json, _wanted(entry, message, evidence)
    wrong = {name: value.get(name) for name in wanted if value.get(name) != wanted[name]}
    if found.key != message.recipient.encode():
        wrong["key"] = found.key
    if not found.topic.endswith(f"deliveries.{message.channel}"):
        wrong["topic"] = found.topic
    end = entry.request.ends_at
    if end and datetime.fromisoformat(value["createdAt"]) >= end:
        wrong["createdAt"] = value["createdAt"]
    if wrong:
        yield Finding(Kind.WRONG, CHECK, f"{entry}: {found} has {wrong}")


def _wanted(entry: Entry, message: Message, evidence: Evidence) -> Json:
    namespace, _, user_id = message.recipient.partition(":")
    profile_id = evidence.profile_ids.get(message.recipient)
    return {
        "executionId": entry.request.execution_id,
        "requestId": entry.request.request_id,
        "campaignId": entry.request.campaign_id,
        "channel": message.channel,
        "recipient": {"namespace": namespace, "userId": user_id, "profileId": profile_id},
        "address": message.address,
        "content": message.content,
    }


def check_order(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """On each channel, those of one person from one partition of triggers: in the order of these."""
    for records in evidence.deliveries.values():
        last: dict[tuple[str, int], Place] = {}
        for found in sorted(records, key=lambda found: found.place):
            entry = _source(ledger, found)
            if entry is None:
                continue
            lane = (found.key or b"").decode(), entry.place.partition
            if entry.place < last.get(lane, entry.place):
                yield Finding(Kind.MISORDERED, "order", f"{found} of {entry} comes after {last[lane]}")
            last[lane] = max(entry.place, last.get(lane, entry.place))


def _source(ledger: Ledger, found: Found) -> Entry | None:
    winner = ledger.winners.get(found.json["deliveryId"])
    return winner[0] if winner else None


def _by_id(evidence: Evidence) -> Mapping[str, list[Found]]:
    by_id: dict[str, list[Found]] = defaultdict(list)
    for records in evidence.deliveries.values():
        for found in records:
            by_id[found.json["deliveryId"]].append(found)
    return by_id
