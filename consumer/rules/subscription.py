"""Consents after somebody has unsubscribed, or has come back: the word that was said last counts."""

from datetime import datetime
from typing import Final

from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.moment import read_moment

REASON: Final = "unsubscribed"


def with_word(
    consents: JsonObject, channel: Channel, at: datetime, *, is_no: bool, for_all: bool
) -> JsonObject:
    """The consents with `n`, or `y` again, for the channel.

    With `for_all`, a no counts for every channel. A yes for every channel takes back, on the others, only a
    no that was given so: it brings back no channel that had not been consented to.
    """
    marketing = consents.get("marketing")
    before = marketing if isinstance(marketing, dict) else {}
    after = dict(before)
    for each in Channel if for_all else [channel]:
        entry = before.get(each.value)
        found = _answer(entry if isinstance(entry, dict) else {}, at, is_no=is_no, is_own=each is channel)
        if found is not None:
            after[each.value] = found
    return consents if after == before else {**consents, "marketing": after}


def _answer(entry: JsonObject, at: datetime, *, is_no: bool, is_own: bool) -> JsonObject | None:
    """The new entry of a channel; None to leave the one there is."""
    given_at = _moment(entry.get("time"))
    if given_at is not None and (given_at > at or (given_at == at and not is_no)):
        return None
    time = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    was_taken_away = entry.get("reason") == REASON
    if is_no:
        before = entry.get("before") if was_taken_away else entry.get("val")
        return {"val": "n", "time": time, "reason": REASON, **({"before": before} if before else {})}
    if is_own or (was_taken_away and entry.get("before") == "y") or entry.get("val") == "y":
        return {"val": "y", "time": time}
    return None


def _moment(text: object) -> datetime | None:
    try:
        return read_moment(text) if isinstance(text, str) else None
    except ValueError:
        return None
