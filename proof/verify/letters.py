"""Each trigger that failed, in whole or in part, is one dead letter: the original record and why."""

from collections import defaultdict
from collections.abc import Iterator

import orjson

from proof.verify.evidence import Evidence, Found, Place
from proof.verify.finding import Finding, Kind
from proof.verify.ledger import Entry, Ledger
from proof.workload.request import Outcome

CHECK = "dead letters"


def check_dead_letters(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    letters: dict[Place, list[Found]] = defaultdict(list)
    for letter in evidence.dead_letters:
        letters[_origin(letter)].append(letter)
    for entry, failures in ledger.with_dead_letter():
        found = letters.pop(entry.place, [])
        if not found:
            yield Finding(Kind.LOST, CHECK, f"{entry} has no dead letter")
            continue
        if len(found) > 1:
            yield Finding(Kind.DUPLICATED, CHECK, f"{entry} has {len(found)} dead letters")
        yield from _compare(entry, failures, found[0])
    for place, strays in letters.items():
        yield Finding(
            Kind.PHANTOM, CHECK, f"{strays[0]} is of {place.partition}:{place.offset}, which was to succeed"
        )


def _origin(letter: Found) -> Place:
    names = ("clarion.origin.partition", "clarion.origin.offset")
    return Place(*(int(letter.header(name) or -1) for name in names))


def _compare(entry: Entry, failures: list[Outcome], letter: Found) -> Iterator[Finding]:
    if (letter.key, letter.value, letter.number) != (
        entry.trigger.key,
        entry.trigger.value,
        entry.trigger.number,
    ):
        yield Finding(Kind.WRONG, CHECK, f"{letter} is not the record that {entry} is")
    if letter.header("clarion.reason") != failures[0].reason:
        yield Finding(Kind.WRONG, CHECK, f"{letter} of {entry} says {letter.header('clarion.reason')}")
    listed = [(f["recipient"], f["channel"], f["reason"]) for f in _failures(letter)]
    wanted = [(f.recipient, f.channel, f.reason) for f in failures if f.recipient]
    if listed != wanted:
        yield Finding(Kind.WRONG, CHECK, f"{letter} of {entry} lists {listed}, and not {wanted}")


def _failures(letter: Found) -> list[dict[str, str | None]]:
    failures: list[dict[str, str | None]] = orjson.loads(letter.headers.get("clarion.failures", b"[]"))
    return failures
