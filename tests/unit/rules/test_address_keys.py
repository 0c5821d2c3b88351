"""One spelling on a list for all addresses that reach the same person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.address import Unusable, read_address
from consumer.rules.address_keys import KEY_BYTES_MAX, address_keys, entry_keys, read_entry, respelled
from consumer.rules.outcome import Address
from schemas.channel import Channel

EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


def keys(channel: Channel, written: object, region: str | None = None) -> tuple[str, ...]:
    address = read_address(channel, written)
    assert not isinstance(address, Unusable)
    return address_keys(channel, address, region)


def entry(channel: Channel, written: str, region: str | None = None) -> str:
    """How a person's entry is added."""
    read = read_entry(channel, written, region)
    assert not isinstance(read, Unusable), read
    return read[0]


def test_an_email_address_is_found_without_case_and_by_its_domain() -> None:
    assert keys(EMAIL, "Alice@Example.COM") == ("alice@example.com", "@example.com")
    assert entry(EMAIL, "ALICE@example.com") in keys(EMAIL, "alice@EXAMPLE.com")
    assert entry(EMAIL, "@Example.com") in keys(EMAIL, "alice@example.com")


@pytest.mark.parametrize("other", ["alice@mail.example.com", "alice@notexample.com", "alice@example.com.org"])
def test_a_domain_concerns_neither_its_subdomains_nor_those_that_end_alike(other: str) -> None:
    assert entry(EMAIL, "@example.com") not in keys(EMAIL, other)


@pytest.mark.parametrize(
    "written", ["a@exämple.com", "A@EXÄMPLE.COM", "a@xn--exmple-cua.com", "a@XN--EXMPLE-CUA.com"]
)
def test_an_international_domain_is_one_in_both_spellings(written: str) -> None:
    for named in ("a@exämple.com", "a@xn--exmple-cua.com", "@exämple.com", "@xn--exmple-cua.com"):
        assert entry(EMAIL, named) in keys(EMAIL, written)


@pytest.mark.parametrize("written", ["@", "@example", "@example.com"])
def test_only_email_has_domains(written: str) -> None:
    assert isinstance(read_entry(SMS, written, None), Unusable)
    assert read_entry(PUSH, written, None) == (written,)
    assert isinstance(read_entry(EMAIL, "@*.example.com", None), Unusable)
    assert isinstance(read_entry(EMAIL, "@", None), Unusable)
    assert isinstance(read_entry(EMAIL, "@a@b.c", None), Unusable)


def test_a_telephone_number_is_found_by_its_number_in_every_spelling() -> None:
    spellings = ["+46701234567", "+46 (0)70 123 45 67", "0046701234567"]
    assert all(entry(SMS, added) in keys(SMS, sent) for added in spellings for sent in spellings)
    assert entry(SMS, "070-123 45 67", "SE") == "+46701234567"
    assert entry(SMS, "070-123 45 67", "NO") not in keys(SMS, "+46701234567", "NO")


def test_a_number_that_was_added_by_its_digits_is_still_found_when_the_region_is_set() -> None:
    added = entry(SMS, "070-123 45 67")
    assert added == "0701234567"
    assert added in keys(SMS, "(070) 123 45 67", "SE")
    assert respelled(SMS, added, "SE") in keys(SMS, "+46 70 123 45 67", "SE")


def test_a_push_token_is_found_whatever_its_app_and_case_matters() -> None:
    tokens = [{"token": "T", "platform": "apns", "appId": app} for app in ("a", None)]
    assert [keys(PUSH, token) for token in tokens] == [("T",), ("T",)]
    assert keys(PUSH, {"token": "t"}) == ("t",)


@pytest.mark.parametrize(
    ("channel", "address"),
    [(PUSH, {"token": "é" * 2_000}), (PUSH, {"token": "x" * 900_000}), (EMAIL, "x" * 4_000 + "@b.c")],
)
def test_a_long_address_has_a_key_that_fits_the_list(channel: Channel, address: Address) -> None:
    [key] = entry_keys(channel, address, None)
    assert key.startswith("sha256:")
    assert len(key) == 71
    named = str(address["token"] if isinstance(address, dict) else address)
    assert entry(channel, named) == key
    # As it is listed, so that it can be removed.
    assert entry(channel, key) == key
    assert respelled(channel, named.lower(), None) == key
    assert respelled(channel, key, None) == key


written = (
    st.tuples(st.just(EMAIL), st.from_regex(r"[a-zA-Z]{1,3}@[a-zA-Zäå]{1,4}(\.[a-zé]{1,3})?", fullmatch=True))
    | st.tuples(st.just(SMS), st.from_regex(r"(\+|00|0)?[1-9][0-9 ()-]{5,16}", fullmatch=True))
    | st.tuples(st.just(PUSH), st.text("abC:é", min_size=1, max_size=3_000))
)


@given(written, st.sampled_from([None, "SE", "US", "AR"]))
def test_whoever_is_added_is_found_and_a_key_stays_what_it_is(
    channel_and_address: tuple[Channel, str], region: str | None
) -> None:
    channel, address = channel_and_address
    read = read_entry(channel, address, region)
    if isinstance(read, Unusable):
        return
    found = read_address(channel, {"token": address} if channel is PUSH else address)
    assert not isinstance(found, Unusable)
    assert read[0] in address_keys(channel, found, region)
    assert all(len(key.encode()) <= KEY_BYTES_MAX for key in address_keys(channel, found, region))
    assert respelled(channel, read[0], region) == read[0]
    assert all(respelled(channel, key, region) == read[0] for key in read)
