"""E-mail addresses in the sense of HTML's input type, their international domains in punycode.

https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from unicodedata import category

from schemas.characters import code_point

_LOCAL: Final = r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL: Final = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*")
_NEVER: Final = re.compile(r"[^a-zA-Z0-9.!#$%&'*+/=?^_`{|}~@\u0080-\U0010ffff-]")
_NEVER_IN_DOMAIN: Final = re.compile(r"[^a-zA-Z0-9.\u0080-\U0010ffff-]")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_LABEL_MAX: Final = 63
_JOINERS: Final = "\u200c\u200d"
"""The two invisible characters that IDNA knows: some scripts need them between certain letters."""


def ascii_email(written: str) -> str | None:
    """The address as it is sent, with its domain in punycode; None when it is not an e-mail address."""
    if _EMAIL.fullmatch(written):
        return written
    if written.isascii():
        return None
    local, _, domain = written.rpartition("@")
    address = f"{local}@{_punycode(domain) or ''}"
    return address if _EMAIL.fullmatch(address) else None


def email_problem(written: str) -> str:
    """What is wrong with one that is not an e-mail address, without its text."""
    return next(_problems(written))


def _problems(written: str) -> Iterator[str]:
    local, at, domain = written.partition("@")
    if not written:
        yield "is empty"
    if odd := _NEVER.search(written):
        yield f"holds {code_point(odd[0])}, which is not allowed"
    if invisible := _invisible(written):
        yield f"holds {code_point(invisible)}, which is not allowed"
    if not at:
        yield "has no @"
    if "@" in domain:
        yield "has more than one @"
    if not local:
        yield "has nothing before the @"
    if not domain:
        yield "has nothing after the @"
    if odd := _BEYOND_ASCII.search(local):
        yield f"holds {code_point(odd[0])} before the @, where only ASCII is allowed"
    if odd := _NEVER_IN_DOMAIN.search(domain):
        yield f"holds {code_point(odd[0])} after the @, where it is not allowed"
    yield from _domain_problems(domain)


def _domain_problems(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    if "" in labels:
        yield "has nothing between two dots, or after the last, of its domain"
    if (longest := max(map(len, labels))) > _LABEL_MAX:
        yield f"has a part of {longest} characters in its domain; at most {_LABEL_MAX} are allowed"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        yield "has a part of its domain that begins or ends with a hyphen"
    yield "has a domain that cannot be written in punycode"


# The people of one domain come together.
@lru_cache(maxsize=256)
def _punycode(domain: str) -> str | None:
    import idna  # noqa: PLC0415 - 4 MB of tables, for those who have such an address

    if _invisible(domain):
        return None
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return None


def _invisible(text: str) -> str | None:
    """The first control, mark of direction, blank and the like: they come with what is copied from a page."""
    if text.isascii():
        return None
    return next((each for each in text if category(each)[0] in "CZ" and each not in _JOINERS), None)
