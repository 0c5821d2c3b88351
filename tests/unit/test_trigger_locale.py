"""A recipient's own locale: well-formed or `invalid`, and part of what makes two requests different."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger
from tests.builders import recipient, trigger

# From RFC 5646, appendix A and section 2.1.
WELL_FORMED = re.findall(
    r"\S+",
    """
    de fr ja i-enochian zh-Hant zh-Hans sr-Cyrl sr-Latn zh-cmn-Hans-CN cmn-Hans-CN zh-yue-HK yue-HK
    zh-Hans-CN sr-Latn-RS sl-rozaj sl-rozaj-biske sl-nedis de-CH-1901 sl-IT-nedis hy-Latn-IT-arevela de-DE
    en-US es-419 de-CH-x-phonebk az-Arab-x-AZE-derbend x-whatever qaa-Qaaa-QM-x-southern de-Qaaa sr-Latn-QM
    sr-Qaaa-RS en-US-u-islamcal zh-CN-a-myext-x-private en-a-myext-b-another SV-se i-klingon sgn-BE-FR sv
    """,
)
ILL_FORMED = re.findall(
    r"\S+",
    """
    de-419-DE a-DE s 1 sv_SE sv- -sv sv--SE sv-SE- sv-S svenska-på-svenska swedishlang sv-a x x- sv.SE
    en-US-u swe-den-u-x sv/SE en_US.UTF-8 ö
    """,
)
NO_LOCALES = [*ILL_FORMED, "", " ", "sv SE", "sv-SE\n", "sv\x00", "x" + "-abc" * 40, 7, ["sv"]]


def read(**changes: Any) -> Trigger | UnreadableTrigger:
    return read_trigger(orjson.dumps(trigger(recipient(**changes), requestId="r")))


def person(**changes: Any) -> Recipient:
    found = read(**changes)
    assert isinstance(found, Trigger), found
    return found.recipients[0]


@pytest.mark.parametrize("locale", WELL_FORMED)
def test_a_well_formed_language_tag_is_read_in_lower_case(locale: str) -> None:
    assert person(locale=locale).locale == locale.lower()


@pytest.mark.parametrize(
    "locale", [*ILL_FORMED, "", " ", "sv SE", "sv-SE\n", "sv\x00", "x" + "-abc" * 40, 7, ["sv"]]
)
def test_an_ill_formed_one_is_invalid(locale: object) -> None:
    found = read(locale=locale)
    assert isinstance(found, UnreadableTrigger)
    assert found.reason is Reason.INVALID
    assert "recipients[0].locale" in found.detail


def test_null_is_absent() -> None:
    assert person(locale=None).locale is None
    assert person(locale=None) == person()


def test_another_locale_is_another_message() -> None:
    contents = [person(locale=locale).canonical_content() for locale in ("sv", "en", None)]
    assert len(set(contents)) == 3
    assert person(locale="sv-SE").canonical_content() == person(locale="SV-se").canonical_content()


def test_without_locale_and_attachments_the_content_is_spelled_as_ever() -> None:
    """Claims of an older Clarion are compared with it."""
    assert person().canonical_content() == b'[{"name":"Alice"},{},{}]'


@given(st.text(st.sampled_from("aZ09-x_"), max_size=30))
def test_no_locale_makes_reading_fail_otherwise(locale: str) -> None:
    found = read(locale=locale)
    if isinstance(found, Trigger):
        assert found.recipients[0].locale == locale.lower()
    else:
        assert found.reason is Reason.INVALID
