"""Arguments that are not text in UTF-8: no id, address or name can be looked up or sent with them."""

import os
from collections.abc import Sequence


class BrokenTextError(Exception):
    """An argument is not UTF-8 text."""


def refuse_broken_text(arguments: Sequence[str]) -> None:
    """Raises BrokenTextError. Names of existing files are let through, as they need not be text."""
    for number, argument in enumerate(arguments, start=1):
        if not _is_text(argument) and not os.path.exists(argument):  # noqa: PTH110 - Path.exists raises here
            shown = os.fsencode(argument).decode(errors="backslashreplace")
            raise BrokenTextError(f"Argument {number} is not UTF-8 text: {shown}")


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True
