"""Telephone numbers: as people write them, and as numbers, by which two spellings are compared."""

import re
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

from schemas.characters import code_point

# +46 70 123 45 67 or 111-111-1111: 3 to 20 digits.
_WRITTEN: Final = re.compile(r"[ +().-]*(?:[0-9][ +().-]*){3,20}")
_NEVER: Final = re.compile(r"[^0-9 +().-]")
_PUNCTUATION: Final = re.compile(r"[ ().-]+")
_INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]{3,}")
_SPELLINGS_MAX: Final = 3
"""A number can shed a digit each time it is read: +46 00 70 is read as +46 070, and that as +46 70."""


def is_telephone_number(written: str) -> bool:
    return _WRITTEN.fullmatch(written) is not None


def telephone_problem(written: str) -> str:
    """What is wrong with one that is not a telephone number, without its text."""
    if not written:
        return "is empty"
    if odd := _NEVER.search(written):
        return f"holds {code_point(odd[0])}, which is not allowed"
    digits = sum(character.isdigit() for character in written)
    return f"has {digits} digit{'' if digits == 1 else 's'}; 3 to 20 are needed"


def only_digits(written: str) -> str:
    """The number without blanks and punctuation, as it is compared where no more is known of it."""
    return _PUNCTUATION.sub("", written)


@lru_cache(maxsize=10_000)
def as_number(written: str, region: str | None) -> str:
    """`+46701234567` for all its spellings; of a national number only in its region, else its digits."""
    number = only_digits(written)
    for _ in range(_SPELLINGS_MAX):
        if _is_settled(number):
            break
        number = _read(number, region) or number
    return number


def _is_settled(number: str) -> bool:
    """Whether reading the number would change nothing: most are, and it takes a tenth of reading them."""
    if not _INTERNATIONAL.fullmatch(number):
        return False
    for length in (1, 2, 3):
        if (code := int(number[1 : 1 + length])) in _library().COUNTRY_CODE_TO_REGION_CODE:
            prefix = _national_prefix(code)
            return prefix is None or not prefix.match(number, 1 + length)
    return True


@cache
def _national_prefix(country_code: int) -> re.Pattern[str] | None:
    """What people there put before a number, as the 0 of +46 (0)70 123 45 67."""
    phonenumbers = _library()
    region = phonenumbers.region_code_for_country_code(country_code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    prefix = metadata and metadata.national_prefix_for_parsing
    return re.compile(prefix) if prefix else None


def _read(number: str, region: str | None) -> str | None:
    if number.startswith("+"):
        return _parsed(number, None)
    # In most countries 00 goes before the code of another; here it does where that makes an existing number.
    if number.startswith("00") and (found := _parsed("+" + number[2:], None, must_exist=True)):
        return found
    return _parsed(number, region) if region else None


def _parsed(number: str, region: str | None, *, must_exist: bool = False) -> str | None:
    phonenumbers = _library()
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if must_exist and not phonenumbers.is_valid_number(parsed):
        return None
    # A national number may be too short to be more: 72404 is known to one operator alone.
    if region and not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@cache
def _library() -> ModuleType:
    import phonenumbers  # noqa: PLC0415 - 7 MB and a tenth of a second, for those who send to telephones

    return phonenumbers
