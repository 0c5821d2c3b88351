"""What a delivery has only when there is something to say: expiresAt, attachments."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.kafka.topics import Topics
from consumer.rules.campaign import Campaign
from consumer.rules.decide import compose, judge_channels
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery
from consumer.triggers.call import read_call
from consumer.triggers.execution import Accepted, begin
from consumer.triggers.publish import Publisher
from schemas.delivery import EmailDelivery
from schemas.trigger import Trigger
from tests.builders import EMAIL, PUSH, SMS, Json, live, recipient, record, trigger

TRIGGERED_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
NOW = TRIGGERED_AT + timedelta(minutes=1)
PUBLISHER = Publisher(Topics("clarion."))
CHANNELS = {"email": EMAIL, "sms": SMS, "push": PUSH}
ADDRESSES = {"mobilePhoneNumber": "12345", "pushInfo": {"token": "t"}}
INVOICE = {
    "name": "Invoice.pdf",
    "contentType": "application/pdf",
    "url": "https://acme.example/1.pdf",
    "n": 1,
}

instants = st.datetimes(datetime(2026, 6, 1, 10), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def deliveries(campaign: Campaign, **person: Any) -> dict[str, Json]:
    """By channel, as they go out."""
    written = trigger(recipient(channelData=ADDRESSES, **person))
    call = read_call(record(written, timestamp=int(TRIGGERED_AT.timestamp() * 1000)))
    assert isinstance(call.read, Trigger)
    accepted = Accepted(call.read, campaign, begin(call, NOW), [])
    made = {}
    for candidate in judge_channels(campaign, call.all_recipients()[0], UNKNOWN):
        assert isinstance(candidate, Candidate)
        delivery = compose(campaign, call.read.execution_id, candidate, ())
        assert isinstance(delivery, Delivery)
        value = PUBLISHER.delivery(accepted, delivery, None).value
        made[candidate.channel.value] = orjson.loads(value or b"")
    return made


@pytest.mark.parametrize(
    ("bounds", "expires_at"),
    [
        ({}, None),
        ({"maxAge": "15m"}, "2026-06-01T09:15:00.000Z"),
        ({"end": "2026-06-02T00:00:00Z"}, "2026-06-02T00:00:00.000Z"),
        ({"end": "2026-06-02T00:00:00Z", "maxAge": "15m"}, "2026-06-01T09:15:00.000Z"),
        ({"end": "2026-06-01T09:10:00Z", "maxAge": "15m"}, "2026-06-01T09:10:00.000Z"),
        ({"start": "2026-05-01T00:00:00Z"}, None),
    ],
)
def test_a_delivery_says_when_it_expires(bounds: Json, expires_at: str | None) -> None:
    for delivery in deliveries(live(channels=CHANNELS, **bounds)).values():
        assert delivery.get("expiresAt") == expires_at
        assert ("expiresAt" in delivery) is (expires_at is not None)


@given(instants, st.integers(1, 10**6))
def test_it_expires_at_the_earlier_of_the_two(end: datetime, seconds: int) -> None:
    campaign = live(end=end, maxAge=f"{seconds}s")
    expected = min(end, TRIGGERED_AT + timedelta(seconds=seconds))
    assert campaign.expires_at(TRIGGERED_AT) == expected


def test_attachments_go_into_the_e_mail_unchanged_and_nowhere_else() -> None:
    made = deliveries(live(channels=CHANNELS), attachments=[INVOICE])
    assert made["email"]["attachments"] == [INVOICE]
    assert "attachments" not in made["sms"]
    assert "attachments" not in made["push"]
    EmailDelivery.model_validate_json(orjson.dumps(made["email"]))


def test_without_attachments_there_is_no_such_member() -> None:
    assert "attachments" not in deliveries(live(channels=CHANNELS))["email"]


@pytest.mark.parametrize(
    ("locale", "preferred", "chosen"),
    [
        ("sv", "en", "sv"),
        ("sv-FI", "en", "sv"),
        ("SV", None, "sv"),
        ("en", "sv", "en"),
        # What the campaign does not have is passed over: then the profile's, then the campaign's default.
        ("fi", "sv", "sv"),
        ("fi", None, "en"),
        ("fi", "da", "en"),
        (None, "sv", "sv"),
    ],
)
def test_the_triggers_locale_goes_before_the_profiles(
    locale: str | None, preferred: str | None, chosen: str
) -> None:
    content = {each: {"subject": each, "text": "t"} for each in ("en", "sv")}
    campaign = live(channels={"email": {"configuration": "mail", "content": content}})
    made = deliveries(campaign, locale=locale, profile={"preferredLanguage": preferred})
    assert made["email"]["locale"] == chosen
