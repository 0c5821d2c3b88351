"""Which keys can be created, and what is stored of their secrets."""

import pytest

from consumer.keys.key import Limits, Scope, UnusableKeyError, hash_of, new_key

NONE = Limits()


def test_two_keys_differ_in_id_and_secret_and_only_the_hash_is_kept() -> None:
    one, two = new_key("a", [Scope.TRIGGER], NONE), new_key("a", [Scope.TRIGGER], NONE)
    assert one.id != two.id
    assert one.secret != two.secret
    assert one.secret.encode() not in hash_of(one.secret)


def test_what_was_named_twice_is_kept_once() -> None:
    limits = Limits(["b", "a", "b"], ["l", "l"], 5)
    key = new_key("a", [Scope.READ, Scope.READ], limits)
    assert (key.scopes, key.limits) == (["read"], Limits(["a", "b"], ["l"], 5))


@pytest.mark.parametrize(
    ("name", "scopes", "limits", "said"),
    [
        ("", [Scope.READ], NONE, "name has 1 to 100"),
        ("a\nb", [Scope.READ], NONE, "one line"),
        ("a" * 101, [Scope.READ], NONE, "name has 1 to 100"),
        ("a", [], NONE, "needs a scope"),
        ("a", [Scope.READ], Limits(["no colon:"]), "no campaign's id"),
        ("a", [Scope.READ], Limits(labels=[""]), "no label"),
        ("a", [Scope.READ], Limits(labels=["a\r"]), "no label"),
        ("a", [Scope.READ], Limits(rate=0), "1 to 100,000 calls"),
        ("a", [Scope.READ], Limits([f"c{n}" for n in range(101)]), "at most 100"),
        ("a", [Scope.ADMIN], Limits(["welcome"]), "cannot be limited"),
        ("a", [Scope.ADMIN], Limits(labels=["emea"]), "cannot be limited"),
    ],
)
def test_an_unusable_key_is_refused_in_a_sentence(
    name: str, scopes: list[Scope], limits: Limits, said: str
) -> None:
    with pytest.raises(UnusableKeyError, match=said):
        new_key(name, scopes, limits)
