"""Feedback as it is read: tolerant of what it does not know, strict about what it does."""

import orjson
import pytest

from schemas.examples import FEEDBACK
from schemas.feedback import EVENT_BYTES_MAX, FeedbackType, InvalidFeedbackError, read_feedback

EVENT = {"deliveryId": FEEDBACK["deliveryId"], "type": "sent", "at": "2026-06-01T12:00:00+02:00"}


def read(**changes: object) -> object:
    return read_feedback(orjson.dumps(EVENT | changes))


def test_an_event_is_read_in_utc_with_its_defaults() -> None:
    event = read_feedback(orjson.dumps(EVENT))
    assert (event.type, event.bounce, event.scope) == (FeedbackType.SENT, None, "channel")
    assert event.at.isoformat() == "2026-06-01T10:00:00+00:00"


def test_members_that_are_not_known_or_null_are_ignored() -> None:
    assert read(colour="red", bounce=None, address={"token": "t"}) == read(address={"token": "t"})


def test_a_delivery_id_in_capitals_is_the_same() -> None:
    assert read(deliveryId=str(EVENT["deliveryId"]).upper()) == read()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"deliveryId": "d-1"}, "deliveryId"),
        ({"deliveryId": 7}, "deliveryId"),
        ({"type": "teleported"}, "type"),
        ({"type": ["sent"]}, "type"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-06-01T12:00:00"}, "at"),
        ({"at": 1_780_000_000}, "at"),
        ({"bounce": "medium"}, "bounce"),
        ({"attempt": "1"}, "attempt"),
        ({"category": "full\u0000"}, "category"),
        ({"link": "x" * 4_001}, "link"),
    ],
)
def test_what_does_not_fit_is_invalid_and_named_without_its_value(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidFeedbackError) as refused:
        read(**changes)
    assert refused.value.reason == "invalid"
    assert str(refused.value).startswith(f"{named}: ")
    assert "teleported" not in str(refused.value)


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff", b'{"at": NaN}', b"[" * 70 + b"]" * 70])
def test_what_is_not_json_is_malformed(value: bytes | None) -> None:
    with pytest.raises(InvalidFeedbackError) as refused:
        read_feedback(value)
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize("value", [b"null", b"[]", b'"sent"', b'{"type": "sent", "type": "opened"}'])
def test_json_that_is_no_event_is_invalid(value: bytes) -> None:
    with pytest.raises(InvalidFeedbackError) as refused:
        read_feedback(value)
    assert refused.value.reason == "invalid"


def test_an_event_of_a_megabyte_is_invalid() -> None:
    with pytest.raises(InvalidFeedbackError, match=f"at most {EVENT_BYTES_MAX:,}"):
        read(detail="x" * 1_000_000)
