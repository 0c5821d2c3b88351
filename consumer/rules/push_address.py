"""Push tokens: which of a profile's fit the channel configuration, and whether one can be used."""

from collections.abc import Iterable, Iterator

from schemas.characters import BREAKS_OR_CONTROLS, code_point
from schemas.json import JsonObject

PushAddress = dict[str, str | None]


def tokens_of(profile: JsonObject) -> Iterator[JsonObject]:
    """Those that a profile lists, its own before those under `person`."""
    for holder in (profile, profile.get("person")):
        listed = holder.get("pushNotificationDetails") if isinstance(holder, dict) else None
        if isinstance(listed, list):
            yield from (each for each in listed if isinstance(each, dict) and each.get("token") is not None)


def first_fitting(tokens: Iterable[JsonObject], sender: JsonObject) -> JsonObject | None:
    """The first for the app and one of the platforms that the configuration names.

    A token that names neither may be of any: it fits.
    """
    return next((token for token in tokens if _fits(token, sender)), None)


def _fits(token: JsonObject, sender: JsonObject) -> bool:
    app_id, wanted = _app_id(token), sender.get("appId")
    if app_id and isinstance(wanted, str) and app_id != wanted:
        return False
    platform, wanted = _text(token.get("platform")), sender.get("platforms")
    if not platform or not isinstance(wanted, list):
        return True
    return platform.casefold() in {str(each).casefold() for each in wanted}


def usable_push(found: object) -> PushAddress | None:
    """The address as a delivery has it; None when it cannot be used."""
    parts = _parts(found)
    if not parts["token"] or any(map(BREAKS_OR_CONTROLS.search, filter(None, parts.values()))):
        return None
    return parts


def push_problem(found: object) -> str:
    """What is wrong with one that cannot be used, without its text."""
    for name, text in _parts(found).items():
        if text and (odd := BREAKS_OR_CONTROLS.search(text)):
            return f"holds {code_point(odd[0])} in its {name}, which is not allowed"
    return "has no token, or one that is not text"


def _parts(found: object) -> PushAddress:
    push = found if isinstance(found, dict) else {}
    return {
        "token": _text(push.get("token")),
        "platform": _text(push.get("platform")),
        "appId": _app_id(push),
    }


def _app_id(token: JsonObject) -> str | None:
    return _text(token.get("appId")) or _text(token.get("appID"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
