"""Each person who had to become known is, and was announced once, as the database has them."""

from collections import defaultdict
from collections.abc import Iterator

from proof.verify.evidence import Evidence, Json
from proof.verify.finding import Finding, Kind
from proof.verify.ledger import AFTER_END, Ledger

CHECK = "profiles"


def check_profiles(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    events: dict[str, list[Json]] = defaultdict(list)
    for found in evidence.profile_events:
        events[f"{found.json['namespace']}:{found.json['userId']}"].append(found.json)
    certain, possible = _people(ledger)
    for name in sorted(certain - evidence.profiles.keys()):
        yield Finding(Kind.LOST, CHECK, f"{name} has no profile")
    for name in sorted(evidence.profiles.keys() - possible):
        yield Finding(Kind.PHANTOM, CHECK, f"{name} has a profile that nothing asked for")
    yield from _compare(events, evidence)


def _people(ledger: Ledger) -> tuple[set[str], set[str]]:
    """Those who must be known, and those who may be: made by a first try, when the second came too late."""
    certain: set[str] = set()
    possible: set[str] = set()
    for entry in ledger.entries:
        possible |= entry.request.creates
        if ledger.expected(entry) != AFTER_END:
            certain |= entry.request.creates
    return certain, possible


def _compare(events: dict[str, list[Json]], evidence: Evidence) -> Iterator[Finding]:
    for name, profile in evidence.profiles.items():
        announced = events.get(name, [])
        if not announced:
            yield Finding(Kind.LOST, CHECK, f"{name} was not announced")
        elif len(announced) > 1:
            yield Finding(Kind.DUPLICATED, CHECK, f"{name} was announced {len(announced)} times")
        elif announced[0]["profileId"] != profile.id:
            yield Finding(Kind.WRONG, CHECK, f"{name} is {profile.id}, and was announced otherwise")
    for name in events.keys() - evidence.profiles.keys():
        yield Finding(Kind.PHANTOM, CHECK, f"{name} was announced and is not in the database")
