"""A rule set as the rules see it, and all of an installation's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from consumer.rules.caps import Cap, Capped, build_cap, describe
from consumer.rules.outcome import Candidate, Exclusion, Held
from consumer.rules.quiet_hours import Slot, build_slot, find_next_begin, find_quiet
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.json import JsonObject
from schemas.reasons import Reason
from schemas.rule_set import RuleSetFile
from schemas.zone import find_zone

KEPT_AT_LEAST: Final = timedelta(days=35)
"""So that a cap made longer finds what it counts."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    id: str
    zone: ZoneInfo
    slots: tuple[Slot, ...]
    caps: tuple[Cap, ...]

    def zone_of(self, attributes: JsonObject) -> ZoneInfo:
        """The person's, if their profile names one that exists; else the rule set's."""
        name = attributes.get("timeZone")
        return (find_zone(name) if isinstance(name, str) else None) or self.zone

    def judge_time(self, candidate: Candidate, now: datetime) -> Exclusion | Held | None:
        """Rule 15: what becomes of a message that meets quiet hours; None when it meets none."""
        quiet = self.slots and find_quiet(
            self.slots, candidate.channel, self.zone_of(candidate.attributes), now
        )
        if not quiet:
            return None
        what = f"Quiet hours {quiet.slot} of rule set {self.id!r} end at {timestamp(quiet.until)}"
        if quiet.then == "drop":
            return Exclusion(Reason.QUIET_HOURS, candidate.recipient, candidate.channel, f"{what}.")
        detail = f"{what}; the message is released then."
        return Held(Reason.QUIET_HOURS, detail, candidate.recipient, candidate.channel, quiet.until)

    def open_until(self, channel: Channel, attributes: JsonObject, now: datetime) -> datetime | None:
        """When the next quiet hours begin, if soon."""
        return (self.slots and find_next_begin(self.slots, channel, self.zone_of(attributes), now)) or None

    def explain(self, capped: Capped) -> str:
        return (
            f"Cap {capped.number} of rule set {self.id!r}, {describe(capped.cap)}, is reached: "
            f"{capped.counted:,} counted; the next is possible at {timestamp(capped.free_at)}."
        )


def build_rule_set(file: RuleSetFile) -> RuleSet:
    zone = find_zone(file.timezone)
    # Checked when the file was read; a machine with another database of zones may differ.
    if zone is None:
        raise ValueError(f"there is no time zone {file.timezone!r} on this machine")
    slots = tuple(build_slot(slot) for slot in file.quiet_hours)
    return RuleSet(file.id, zone, slots, tuple(build_cap(cap) for cap in file.caps))


class RuleSets:
    """All of an installation's, as they are at one moment."""

    def __init__(self, rule_sets: Iterable[RuleSet] = ()) -> None:
        self._by_id: Mapping[str, RuleSet] = {each.id: each for each in rule_sets}

    def get(self, id_: str) -> RuleSet | None:
        return self._by_id.get(id_)

    @cached_property
    def have_caps(self) -> bool:
        return any(each.caps for each in self._by_id.values())

    @cached_property
    def count_everything(self) -> bool:
        """Whether a cap counts what campaigns without a rule set send, too."""
        return any(cap.counts_all for each in self._by_id.values() for cap in each.caps)

    @cached_property
    def longest(self) -> timedelta:
        """For how long a cap could still count a message."""
        lengths = [cap.length for each in self._by_id.values() for cap in each.caps]
        return max([KEPT_AT_LEAST, *lengths])
