"""Tokens outlive a rotation of the keys that sign them, and nothing else reads as one."""

from consumer.keys.tokens import Tokens

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_token_names_the_key_it_was_given_to() -> None:
    tokens = Tokens([NEW])
    assert tokens.read(tokens.sign("ck_1")) == "ck_1"


def test_a_token_is_read_until_its_signing_key_is_taken_away() -> None:
    token = Tokens([OLD]).sign("ck_1")
    assert Tokens([NEW, OLD]).read(token) == "ck_1"
    assert Tokens([NEW]).read(token) is None


def test_the_first_key_signs() -> None:
    assert Tokens([NEW]).read(Tokens([NEW, OLD]).sign("ck_1")) == "ck_1"


def test_what_is_no_token_is_read_as_none() -> None:
    for text in ("", "a.b.c", "cs_secret", "\u00e5", "." * 10_000):
        assert Tokens([NEW]).read(text) is None
    assert not Tokens([]).can_sign
