"""Attachments: bounded, carried unchanged, for e-mail alone."""

from typing import Any

import orjson
import pytest

from schemas.attachments import ATTACHMENTS_BYTES_MAX
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger
from tests.builders import recipient, trigger

INVOICE = {"name": "Invoice.pdf", "contentType": "application/pdf", "url": "https://acme.example/1.pdf"}


def read(attachments: object) -> Trigger | UnreadableTrigger:
    return read_trigger(orjson.dumps(trigger(recipient(attachments=attachments))))


def person(attachments: object) -> Recipient:
    found = read(attachments)
    assert isinstance(found, Trigger), found
    return found.recipients[0]


def sized(size: int) -> list[dict[str, str]]:
    """Attachments of exactly that many bytes."""
    attachment = {"name": "", "source": ""}
    attachment["source"] = "x" * (size - len(orjson.dumps([attachment])))
    return [attachment]


@pytest.mark.parametrize(
    "attachments",
    [
        [INVOICE],
        [{"name": "a.ics", "contentType": "text/calendar", "source": "s3://bucket/a.ics"}, INVOICE],
        [INVOICE | {"size": 1234, "inline": True, "meta": {"cid": "logo"}, "tags": ["a", None]}],
        [{}],
        [INVOICE] * 10,
        sized(ATTACHMENTS_BYTES_MAX),
    ],
)
def test_attachments_are_kept_as_they_are(attachments: list[Any]) -> None:
    assert list(person(attachments).attachments) == attachments


@pytest.mark.parametrize(
    "attachments",
    [
        INVOICE,
        "invoice.pdf",
        ["invoice.pdf"],
        [[INVOICE]],
        [None],
        [{"name": 7}],
        [{"url": {"href": "x"}}],
        [INVOICE] * 11,
        sized(ATTACHMENTS_BYTES_MAX + 1),
        [{"name": "ö" * (ATTACHMENTS_BYTES_MAX // 2)}],
    ],
)
def test_what_is_no_list_of_attachments_or_too_large_is_invalid(attachments: object) -> None:
    found = read(attachments)
    assert isinstance(found, UnreadableTrigger)
    assert found.reason is Reason.INVALID
    assert "recipients[0].attachments" in found.detail


@pytest.mark.parametrize("nothing", [None, []])
def test_none_are_none(nothing: object) -> None:
    assert not person(nothing).attachments
    assert person(nothing).canonical_content() == b'[{"name":"Alice"},{},{}]'


def test_other_attachments_are_another_message() -> None:
    contents = [
        person(attachments).canonical_content() for attachments in ([], [INVOICE], [INVOICE | {"name": "b"}])
    ]
    assert len(set(contents)) == 3


@pytest.mark.parametrize("member", ["name", "contentType"])
@pytest.mark.parametrize("odd", ["\r\n", "\x00", "\t", "\x85", "\u2028", "\u2029"])
def test_what_becomes_a_header_is_one_line(member: str, odd: str) -> None:
    found = read([INVOICE, INVOICE | {member: f"a{odd}Bcc: x"}])
    assert isinstance(found, UnreadableTrigger)
    assert found.reason is Reason.INVALID
    assert f"recipients[0].attachments[1].{member}: " in found.detail


def test_what_is_wrong_with_their_size_is_a_sentence() -> None:
    found = read(sized(ATTACHMENTS_BYTES_MAX + 1))
    assert isinstance(found, UnreadableTrigger)
    assert "recipients[0].attachments: they have 10,001 bytes in all" in found.detail
