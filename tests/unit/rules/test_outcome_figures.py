"""Every outcome is in one figure: targeted = deliveries + excluded + rejected + held."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consumer.rules.outcome_figures import Attempt, outcome_figures, replaced_outcomes
from consumer.rules.report_figures import figures
from schemas.reasons import Kind, Reason

AT = datetime(2026, 6, 1, 10, tzinfo=UTC)


def outcome(kind: str, reason: str | None = None, **more: str) -> dict[str, Any]:
    return {"outcome": kind, **({"reason": reason} if reason else {}), **more}


OUTCOME = st.one_of(
    st.builds(outcome, st.just("delivery"), treatment=st.sampled_from(["a", "b"])),
    st.builds(
        outcome, st.just("exclusion"), st.sampled_from([r for r in Reason if r.kind is Kind.EXCLUSION])
    ),
    st.builds(
        outcome, st.just("rejection"), st.sampled_from([r for r in Reason if r.kind is Kind.REJECTION])
    ),
).flatmap(lambda made: st.sampled_from(["email", "sms"]).map(lambda channel: made | {"channel": channel}))


def attempt(*outcomes: dict[str, Any], version: int = 1, number: int = 1) -> Attempt:
    return Attempt(number, version, AT + timedelta(seconds=2), AT, outcomes)


@given(st.lists(st.tuples(st.lists(OUTCOME, max_size=8), st.integers(1, 3)), max_size=8))
def test_the_figures_add_up_for_every_version_channel_and_treatment(
    executions: list[tuple[list[dict[str, Any]], int]],
) -> None:
    total: Counter[Any] = Counter()
    for outcomes, version in executions:
        total.update(outcome_figures(attempt(*outcomes, version=version)))
    for dimension in ("version", "channel", "treatment", "metric"):
        for value in {getattr(figure, dimension) for figure in total}:
            chosen = [(f.metric, f.detail, n) for f, n in total.items() if getattr(f, dimension) == value]
            found: Any = figures(chosen)
            assert found["targeted"] == sum(found[n] for n in ("deliveries", "excluded", "rejected", "held"))
            for name in ("excluded", "rejected", "held"):
                assert sum(found[f"{name}ByReason"].values()) == found[name]
    found = figures((f.metric, f.detail, n) for f, n in total.items())
    assert found["targeted"] == sum(len(outcomes) for outcomes, _ in executions)


def counted(*history: Attempt) -> Any:
    all_of_them: Counter[Any] = Counter()
    for index, each in enumerate(history):
        all_of_them.update(outcome_figures(each, replaced_outcomes(history, index)))
    return figures((f.metric, f.detail, n) for f, n in all_of_them.items())


def of(kind: str, who: str | None, channel: str | None = None, reason: str | None = None) -> dict[str, Any]:
    named = {"recipient": who, "channel": channel}
    return outcome(kind, reason, **{name: value for name, value in named.items() if value})


def test_each_message_that_was_held_is_replaced_by_its_own_replay() -> None:
    first = attempt(of("held", "a", "sms", "quiet_hours"), of("held", "b", "sms", "quiet_hours"))
    one = attempt(of("delivery", "b", "sms"), number=2)
    other = attempt(of("rejection", "a", "sms", "missing_address"), number=2)
    assert (counted(first)["targeted"], counted(first)["held"]) == (2, 2)
    assert (counted(first, one)["targeted"], counted(first, one)["held"]) == (2, 1)
    last = counted(first, one, other)
    assert (last["targeted"], last["deliveries"], last["rejected"], last["held"]) == (2, 1, 1, 0)


def test_a_trigger_that_was_rejected_as_a_whole_is_replaced_by_those_it_was_for() -> None:
    whole = attempt(of("rejection", None, None, "campaign_not_live"))
    again = attempt(of("delivery", "a", "email"), of("exclusion", "b", "email", "no_consent"), number=2)
    found = counted(whole, again)
    assert (found["targeted"], found["deliveries"], found["excluded"], found["rejected"]) == (2, 1, 1, 0)


def test_two_letters_of_one_request_are_replaced_one_by_one() -> None:
    whole = attempt(of("rejection", None, None, "after_end"))
    again = attempt(of("delivery", "a", "email"), number=2)
    assert counted(whole, whole)["targeted"] == 2
    assert counted(whole, whole, again)["rejected"] == 1
    repeated = attempt(of("exclusion", "a", "email", "duplicate"), number=2)
    assert counted(whole, whole, again, repeated)["rejected"] == 0


def test_who_was_held_and_got_the_message_later_counts_once() -> None:
    held = attempt(outcome("rejection", "before_start"), outcome("delivery"))
    found = counted(held, attempt(outcome("delivery"), version=2, number=2))
    assert (found["targeted"], found["deliveries"], found["held"]) == (2, 2, 0)


def test_rates_are_of_what_they_say_and_none_of_nothing() -> None:
    found: Any = figures(
        [("sent", "", 200), ("delivered", "", 190), ("bounced", "", 10), ("clickedUnique", "", 19)]
    )
    assert found["rates"]["deliveryRate"] == 0.95
    assert found["rates"]["bounceRate"] == 0.05
    assert found["rates"]["uniqueClickRate"] == 0.1
    assert found["rates"]["clickToOpenRate"] is None


def test_the_latency_is_in_seconds() -> None:
    found = counted(attempt(outcome("delivery")))
    assert abs(found["latency"]["triggerToDelivery"]["medianSeconds"] - 2) <= 0.1
