"""Personal data and secrets as they may be seen by default: that they are there, not what they are."""

import re
from collections.abc import Mapping
from typing import Final

from schemas.dead_letter import FAILURES, PREFIX

MASK: Final = "\N{BULLET}" * 4

_OPEN: Final = {"requestId", "campaignId"}
_OPEN_OF_A_RECIPIENT: Final = {"locale", "namespace", "type"}
_OPEN_PATH: Final = re.compile(
    rf"{'|'.join(sorted(_OPEN))}|recipients\[\d+\]\.(?:{'|'.join(sorted(_OPEN_OF_A_RECIPIENT))})"
)
_OPEN_HEADERS: Final = {"content-type", "traceparent"}


def masked(value: object) -> object:
    """The same structure with every value masked; null and what is empty stay."""
    if isinstance(value, Mapping):
        return {name: masked(member) for name, member in value.items()}
    if isinstance(value, list):
        return [masked(element) for element in value]
    return MASK if value is not None else None


def masked_trigger(document: object) -> object:
    """All but the ids of request and campaign, and what kind of recipients there are."""
    if not isinstance(document, dict):
        return masked(document)
    shown = _masked_except(document, _OPEN)
    if isinstance(recipients := document.get("recipients"), list):
        shown["recipients"] = [
            _masked_except(recipient, _OPEN_OF_A_RECIPIENT) if isinstance(recipient, dict) else MASK
            for recipient in recipients
        ]
    return shown


def masked_at(path: str, value: object) -> object:
    """The value at a path of a trigger, as `recipients[0].context.name`."""
    return value if isinstance(value, str) and _OPEN_PATH.fullmatch(path) else masked(value)


def masked_name(recipient: str) -> str:
    """`email:••••` of `email:alice@example.com`."""
    namespace, colon, _ = recipient.partition(":")
    return f"{namespace}:{MASK}" if colon else MASK


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The original's own are masked, and of Clarion's the failures: they name recipients."""
    return {
        name: value if name in _OPEN_HEADERS or (name.startswith(PREFIX) and name != FAILURES) else MASK
        for name, value in headers.items()
    }


def _masked_except(document: Mapping[str, object], names: set[str]) -> dict[str, object]:
    return {
        name: value if name in names and isinstance(value, str) else masked(value)
        for name, value in document.items()
    }
