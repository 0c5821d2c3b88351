"""Somebody is found by every spelling of their names, by nobody else's, and by no other key."""

import pytest

from consumer.rules.person import PersonHashes
from schemas.channel import Channel

OLD, NEW = b"o" * 32, b"n" * 32
HASHES = PersonHashes([NEW], "SE")


@pytest.mark.parametrize(
    ("sought", "channel", "address"),
    [
        ("email:Alice@Example.com", Channel.EMAIL, "alice@example.com"),
        ("email:alice@example.com", Channel.EMAIL, "Alice@EXAMPLE.com"),
        ("phone:+46 70 123 45 67", Channel.SMS, "070-1234567"),
        ("sms:0046701234567", Channel.SMS, "+46701234567"),
        ("push:abc", Channel.PUSH, {"token": "abc", "platform": "apns", "appId": "a"}),
    ],
)
def test_an_address_is_found_in_any_spelling(
    sought: str, channel: Channel, address: str | dict[str, str | None]
) -> None:
    assert set(HASHES.sought(sought)) & HASHES.of_address(channel, address)


def test_a_recipient_is_found_by_identity() -> None:
    for name in ("crm:123", "email:alice@example.com", "email:no address", "phone:x"):
        assert set(HASHES.sought(name)) & HASHES.of_recipient(name)
    assert set(HASHES.sought("CRM:123")) & HASHES.of_recipient("crm:123")
    # An e-mail address that was rejected before there was a delivery.
    assert set(HASHES.sought("email:ALICE@example.com")) & HASHES.of_recipient("email:alice@example.com")


def test_nobody_else_is_found() -> None:
    assert not set(HASHES.sought("crm:123")) & HASHES.of_recipient("crm:1234")
    assert not set(HASHES.sought("crm:123")) & HASHES.of_recipient("erp:123")
    assert not set(HASHES.sought("crm:a@example.com")) & HASHES.of_address(Channel.EMAIL, "a@example.com")


def test_what_an_older_key_wrote_is_found_while_the_key_is_listed() -> None:
    written = PersonHashes([OLD], None).of_recipient("crm:1")
    assert set(PersonHashes([NEW, OLD], None).sought("crm:1")) & written
    assert not set(PersonHashes([NEW], None).sought("crm:1")) & written
    assert not PersonHashes([NEW, OLD], None).of_recipient("crm:1") & written


def test_a_hash_shows_no_name() -> None:
    assert all(len(hash_) == 32 and b"crm" not in hash_ for hash_ in HASHES.of_recipient("crm:1"))
