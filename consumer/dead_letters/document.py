"""A dead letter as JSON, with what can be secret masked unless it is asked for: the same for every door."""

from typing import Any, Final

from consumer.dead_letters.groups import Groups
from consumer.dead_letters.letter import DeadLetter
from consumer.dead_letters.lookup import Looked
from consumer.dead_letters.mask import MASK, masked_headers, masked_name, masked_trigger
from consumer.dead_letters.source import Listed
from consumer.kafka.record import Record
from schemas.delivery import timestamp
from schemas.json import JsonError, JsonObject, LossyNumbersError, parse_json
from schemas.numbers import parse_keeping_digits
from schemas.reasons import TABLE, Reason

_EXCERPT_BYTES: Final = 500


def row(listed: Listed) -> dict[str, Any]:
    """One letter in a list: nothing of the trigger's values, no userId."""
    letter = listed.letter
    return {
        "at": str(letter.at),
        "reason": letter.reason,
        "detail": _detail(letter),
        "campaignId": letter.campaign_id,
        "campaignVersion": letter.campaign_version,
        "requestId": letter.request_id,
        "attempt": letter.attempt,
        "failedAt": timestamp(letter.failed_at),
        **({"releaseAt": timestamp(letter.release_at)} if letter.release_at else {}),
        "origin": _origin(letter),
        "failures": [failure.model_dump(mode="json") for failure in _masked_failures(letter)],
        "resolution": _resolution(listed, reveal=False),
    }


def document(looked: Looked, *, reveal: bool) -> dict[str, object]:
    """All there is to know of one letter: first why, and what to do about it."""
    letter = looked.listed.letter
    cells = row(looked.listed)
    return {
        **{name: cells.pop(name) for name in ("reason", "detail")},
        "reasons": _advice(letter),
        **cells,
        "failures": [
            failure.model_dump(mode="json")
            for failure in (letter.failures if reveal else _masked_failures(letter))
        ],
        **_original(looked.record, reveal=reveal),
        "resolution": _resolution(looked.listed, reveal=reveal),
        "tries": [_try(listed) for listed in looked.tries],
    }


def group_rows(groups: Groups, *names: str) -> list[dict[str, object]]:
    """Of each group the names of what is alike in it, how many there are, and since when."""
    return [
        {
            **dict(zip(names, key, strict=True)),
            "count": group.count,
            "oldest": timestamp(group.oldest),
            "newest": timestamp(group.newest),
            "example": str(group.example),
        }
        for key, group in groups.by_size()
    ]


def _masked_failures(letter: DeadLetter) -> list[Any]:
    return [
        failure.model_copy(update={"recipient": masked_name(failure.recipient)})
        for failure in letter.failures
    ]


def _detail(letter: DeadLetter) -> str:
    foreign = "Somebody else's record: its headers are not those of a dead letter. It can be discarded."
    return letter.detail or (foreign if letter.is_foreign else "")


def _origin(letter: DeadLetter) -> JsonObject | None:
    if (origin := letter.origin) is None:
        return None
    return {
        **origin.place._asdict(),
        "timestamp": origin.timestamp,
    }


def _resolution(listed: Listed, *, reveal: bool) -> JsonObject | None:
    resolution = listed.resolution
    if resolution and "patch" in resolution and not reveal:
        return resolution | {"patch": masked_trigger(resolution["patch"])}
    return resolution


def _advice(letter: DeadLetter) -> dict[str, dict[str, str]]:
    """What each of its reasons means, and what to do about it."""
    known = [Reason(reason) for reason in sorted(letter.reasons) if reason in set(Reason)]
    return {
        reason.value: {"meaning": TABLE[reason].meaning, "action": TABLE[reason].action} for reason in known
    }


def _original(record: Record, *, reveal: bool) -> dict[str, object]:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    key = None if record.key is None else _excerpt(record.key)
    return {
        "headers": headers if reveal else masked_headers(headers),
        "key": key if reveal or key is None else MASK,
        "valueBytes": len(record.value or b""),
        **_value(record.value, reveal=reveal),
    }


def _value(value: bytes | None, *, reveal: bool) -> dict[str, object]:
    """The trigger; of what is not JSON, or has a key twice, only an excerpt, and that only when asked for."""
    try:
        trigger = parse_json(value)
    except LossyNumbersError:
        trigger = parse_keeping_digits(value or b"")
    except JsonError:
        return {"excerpt": _excerpt(value or b"")} if reveal and value else {}
    return {"trigger": trigger if reveal else masked_trigger(trigger)}


def _excerpt(value: bytes) -> str:
    text = value[:_EXCERPT_BYTES].decode(errors="backslashreplace")
    return text.encode("unicode_escape").decode()


def _try(listed: Listed) -> dict[str, object]:
    cells = row(listed)
    return {name: cells[name] for name in ("at", "attempt", "reason", "detail", "failedAt", "resolution")}
