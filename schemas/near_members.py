"""Members of a trigger that nobody reads, where another name was probably meant: `chanelData`."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from schemas.trigger_wire import ChannelDataWire, PushInfoWire, RecipientWire, TriggerWire

WARNINGS_MAX: Final = 20
_LOOKED_AT_MAX: Final = 20
"""Unknown members of one object: to compare a name takes long, and an object can have a hundred thousand."""
_LENGTH_MAX: Final = 64
_CLOSENESS: Final = 0.75

# What clients of AJO send besides; it is ignored on purpose.
_IGNORED: Final = frozenset({"mergePolicyName", "mergePolicySchema"})


class _Shape(NamedTuple):
    known: frozenset[str]
    by_folded: Mapping[str, str]
    """The known names, by how they are compared."""


def _shape(wire: Any, **also: str) -> _Shape:  # noqa: ANN401 - a TypedDict's class has no type of its own
    names = frozenset(wire.__annotations__)
    return _Shape(names | _IGNORED, {_folded(name): name for name in names} | also)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_TRIGGER: Final = _shape(TriggerWire)
_RECIPIENT: Final = _shape(RecipientWire)
_CHANNEL_DATA: Final = _shape(ChannelDataWire)
# `appID` is read too.
_PUSH_INFO: Final = _shape(PushInfoWire, appid="appId")


def near_members(value: bytes) -> list[str]:
    """A sentence for each, with its path and what was probably meant; of a valid trigger."""
    return list(islice(_of_trigger(orjson.loads(value)), WARNINGS_MAX))


def _of_trigger(trigger: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_object(trigger, _TRIGGER, "")
    for position, recipient in enumerate(trigger["recipients"]):
        path = f"recipients[{position}]."
        yield from _of_object(recipient, _RECIPIENT, path)
        if data := recipient.get("channelData"):
            yield from _of_object(data, _CHANNEL_DATA, f"{path}channelData.")
            if push := data.get("pushInfo"):
                yield from _of_object(push, _PUSH_INFO, f"{path}channelData.pushInfo.")


def _of_object(value: Mapping[str, Any], shape: _Shape, path: str) -> Iterator[str]:
    unknown = value.keys() - shape.known
    for name in islice((name for name in value if name in unknown), _LOOKED_AT_MAX) if unknown else ():
        if value[name] is None or len(name) > _LENGTH_MAX:
            continue
        if near := get_close_matches(_folded(name), shape.by_folded, n=1, cutoff=_CLOSENESS):
            yield f"{path}{name} is not a member that is read; {shape.by_folded[near[0]]} was probably meant."
