"""Sentences a person can act on, of bounded length: they travel in record headers."""

from collections.abc import Iterable

DETAIL_CHARACTERS_MAX = 1_000
# PostgreSQL takes no U+0000, a terminal would obey others. All of Unicode's category Cc.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}")


def enumerated(names: Iterable[str], separator: str = ", ") -> str:
    """The names in one line; those beyond about 1,000 characters are counted, not listed."""
    listed: list[str] = []
    length = left_out = 0
    for name in names:
        length += len(name) + len(separator)
        if left_out or (listed and length > DETAIL_CHARACTERS_MAX - 100):
            left_out += 1
        else:
            listed.append(name)
    text = separator.join(listed)
    return f"{text}{separator}and {left_out} more" if left_out else text


def bounded(detail: str) -> str:
    """The detail cut to 1,000 characters, without control characters: names in it can hold any."""
    if not detail.isprintable():
        detail = detail.translate(_CONTROLS)
    if len(detail) <= DETAIL_CHARACTERS_MAX:
        return detail
    return detail[: DETAIL_CHARACTERS_MAX - 1] + "\N{HORIZONTAL ELLIPSIS}"
