"""Locales as a trigger names them: language tags of BCP 47, such as `sv`, `sv-SE` or `zh-Hant-TW`."""

from typing import Annotated, Final

from pydantic import StringConstraints

# RFC 5646, section 2.1: langtag, or private use, or one of the irregular tags that were registered before.
_LANGUAGE: Final = r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
_SCRIPT_AND_REGION: Final = r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
_VARIANTS: Final = r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
_EXTENSIONS: Final = r"(?:-[0-9A-WYZa-wyz](?:-[A-Za-z0-9]{2,8})+)*"
_PRIVATE: Final = r"[Xx](?:-[A-Za-z0-9]{1,8})+"
_IRREGULAR: Final = r"[Ii]-[A-Za-z]{3,8}|en-GB-oed|sgn-(?:BE-FR|BE-NL|CH-DE)"
_TAG: Final = (
    rf"^(?:{_LANGUAGE}{_SCRIPT_AND_REGION}{_VARIANTS}{_EXTENSIONS}(?:-{_PRIVATE})?|{_PRIVATE}|{_IRREGULAR})$"
)

LanguageTag = Annotated[str, StringConstraints(pattern=_TAG, max_length=100, to_lower=True)]
"""Well-formed, whether or not there is such a language. Tags are compared without case: kept in lower."""
