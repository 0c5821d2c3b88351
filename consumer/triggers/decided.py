"""What becomes of the records of a batch, whichever way they went."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from consumer.kafka.record import Outgoing, Record
from consumer.triggers.express.make import Made
from consumer.triggers.tally import Tally


class Decided(NamedTuple):
    """The executions are not kept: they are most of the memory."""

    records: Sequence[Record]
    outgoing: Sequence[Sequence[Outgoing]]
    """What goes out for each of them."""
    size: int
    """Bytes of the deliveries."""
    valid_until: datetime | None
    tally: Tally
    is_whole: bool
    """Else the last records were left out, as the output of those before is large enough."""


NOTHING = Decided((), (), 0, None, Tally(), is_whole=True)


def joined(parts: Sequence[Decided]) -> Decided:
    """Parts of a batch that follow one another."""
    if len(parts) == 1:
        return parts[0]
    return Decided(
        list(chain.from_iterable(part.records for part in parts)),
        list(chain.from_iterable(part.outgoing for part in parts)),
        sum(part.size for part in parts),
        min((part.valid_until for part in parts if part.valid_until), default=None),
        Tally.sum(part.tally for part in parts),
        parts[-1].is_whole,
    )


def spliced(records: Sequence[Record], made: Sequence[Made | None], by_rules: Decided) -> Decided:
    """What was made of some records, and what the rules decided of the others, back in their places."""
    left = iter(by_rules.outgoing)
    if not by_rules.is_whole:
        made = made[: _end_of(made, len(by_rules.records))]
    kept = [each for each in made if each]
    return Decided(
        records[: len(made)],
        [each.outgoing if each else next(left) for each in made],
        by_rules.size + sum([each.size for each in kept]),
        min(filter(None, [by_rules.valid_until, *[each.valid_until for each in kept]]), default=None),
        Tally.sum([Tally.of_made(kept), by_rules.tally]),
        by_rules.is_whole,
    )


def _end_of(made: Sequence[Made | None], decided: int) -> int:
    """The position of the first record that the rules left out."""
    return [position for position, each in enumerate(made) if each is None][decided]
