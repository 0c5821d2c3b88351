"""Two versions' outcomes, compared pair by pair."""

from typing import Any

from consumer.backtest.compare import Comparison
from consumer.rules.outcome import Exclusion, Outcome, Rejection
from consumer.triggers.call import read_call
from consumer.triggers.execution import Execution, begin
from schemas.channel import Channel
from schemas.reasons import Reason
from schemas.trigger import Recipient
from tests.unit.projector.test_rows import record

ALICE = Recipient("email", "alice", False, {}, {}, {})  # noqa: FBT003
BOB = Recipient("email", "bob", False, {}, {}, {})  # noqa: FBT003


def executed(*outcomes: Outcome) -> Execution:
    call = read_call(record("t.triggers", b"{}"))
    made = begin(call, call.received_at)
    made.outcomes = list(outcomes)
    return made


def excluded(recipient: Recipient, channel: Channel) -> Exclusion:
    return Exclusion(Reason.NO_CONSENT, recipient, channel)


def rejected(*place: Any) -> Rejection:
    return Rejection(Reason.INTERNAL_ERROR, "detail", *place)


def changes(before: Execution, after: Execution) -> dict[tuple[str, str], int]:
    comparison = Comparison()
    comparison.add(before, after)
    return dict(comparison.changes)


def test_a_rejected_trigger_stands_for_each_recipient_and_channel() -> None:
    after = executed(excluded(ALICE, Channel.EMAIL), excluded(BOB, Channel.EMAIL))
    assert changes(executed(rejected()), after) == {
        ("rejection internal_error", "exclusion no_consent"): 2,
    }


def test_a_rejected_recipient_stands_for_its_channels_only() -> None:
    before = executed(rejected(ALICE), excluded(BOB, Channel.EMAIL))
    after = executed(
        excluded(ALICE, Channel.EMAIL), excluded(ALICE, Channel.SMS), excluded(BOB, Channel.EMAIL)
    )
    assert changes(before, after) == {
        ("rejection internal_error", "exclusion no_consent"): 2,
        ("exclusion no_consent", "exclusion no_consent"): 1,
    }


def test_a_channel_that_one_version_lacks_is_told() -> None:
    before = executed(excluded(ALICE, Channel.EMAIL))
    after = executed(excluded(ALICE, Channel.EMAIL), excluded(ALICE, Channel.SMS))
    assert changes(before, after) == {
        ("exclusion no_consent", "exclusion no_consent"): 1,
        ("nothing", "exclusion no_consent"): 1,
    }


def test_two_rejections_of_the_trigger_are_one_change() -> None:
    comparison = Comparison()
    for _ in range(10):
        comparison.add(executed(rejected()), executed(Rejection(Reason.EXPIRED, "detail")))
    assert dict(comparison.changes) == {("rejection internal_error", "rejection expired"): 10}
    assert [len(examples) for examples in comparison.examples.values()] == [3]
