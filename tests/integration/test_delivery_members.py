"""Locale, attachments and expiry, from a trigger on a real topic to its deliveries."""

from datetime import datetime, timedelta

from tests.builders import EMAIL, SMS, campaign, recipient, trigger
from tests.installation import Installation

INVOICE = {"name": "Invoice.pdf", "contentType": "application/pdf", "source": "s3://acme/1.pdf"}


async def test_a_delivery_carries_what_the_trigger_gives_for_it(installation: Installation) -> None:
    content = {"en": {"subject": "Hello", "text": "t"}, "sv": {"subject": "Hej", "text": "t"}}
    channels = {"email": EMAIL | {"content": content}, "sms": SMS}
    await installation.activate(campaign(channels=channels, maxAge="1h"))
    person = recipient(
        locale="sv-SE", attachments=[INVOICE], channelData={"mobilePhoneNumber": "+46701234567"}
    )
    call = trigger(person)
    async with installation.engine():
        await installation.send(call, call | {"recipients": [person | {"attachments": []}]})
        first, second = await installation.executions(2)
    email, sms = await installation.deliveries()
    assert (email["locale"], email["content"]["subject"], email["attachments"]) == ("sv", "Hej", [INVOICE])
    assert "attachments" not in sms
    triggered_at = datetime.fromisoformat(first["triggeredAt"])
    for delivery in (email, sms):
        assert datetime.fromisoformat(delivery["expiresAt"]) == triggered_at + timedelta(hours=1)
    # The same request with other attachments is another message.
    assert {each["reason"] for each in second["outcomes"]} == {"request_conflict"}
