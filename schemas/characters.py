"""Characters that have no place in one line of text, and how a message names one without showing it."""

import re
from typing import Final

# Unicode's category Cc (NUL, CR, LF, VT, FF and U+0085 among them) and its two separators of lines.
BREAKS_OR_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def code_point(character: str) -> str:
    """`U+202A`."""
    return f"U+{ord(character):04X}"
