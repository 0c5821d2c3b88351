"""What a caller may do and see."""

from consumer.keys.key import Scope
from consumer.keys.principal import Principal


def principal(*scopes: str, campaigns: str = "", labels: str = "") -> Principal:
    return Principal("ck_1", "a", frozenset(scopes), frozenset(campaigns.split()), frozenset(labels.split()))


def test_admin_may_do_everything_and_others_what_they_have() -> None:
    assert principal("admin").may(Scope.TRIGGER)
    assert principal("trigger").may(Scope.TRIGGER)
    assert not principal("read").may(Scope.TRIGGER)


def test_without_limits_every_campaign_is_seen() -> None:
    assert principal().sees_all
    assert principal().may_see("welcome", {"emea", "hr"})


def test_labels_hide_campaigns_that_have_others() -> None:
    caller = principal(labels="emea retail")
    assert not caller.sees_all
    assert caller.may_see("welcome", {"emea"})
    assert caller.may_see("welcome", {"retail", "emea"})
    assert caller.may_see("welcome", ())
    assert not caller.may_see("welcome", {"emea", "hr"})


def test_a_caller_with_campaigns_sees_only_those() -> None:
    caller = principal(campaigns="welcome reset")
    assert not caller.sees_all
    assert caller.may_see("welcome", {"emea"})
    assert not caller.may_see("sale", ())


def test_both_limits_hold_together() -> None:
    caller = principal(campaigns="welcome", labels="emea")
    assert caller.may_see("welcome", {"emea"})
    assert not caller.may_see("welcome", {"hr"})
    assert not caller.may_see("sale", {"emea"})
