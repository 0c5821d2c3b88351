"""The benchmark's pure parts: above all, its verifier must be able to fail."""

from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest

from bench.document import documents
from bench.guard import Ratios, falls
from bench.latency import Delay
from bench.result import Spread
from bench.targets import Target
from bench.verify import Delivered, Letter, check_copies, check_executions, check_work, delivery_id
from bench.window import Sample, TooShortError, cold_speed, warm_speed
from bench.workload import Audience, Flaw, Workload, request_id, user_id
from schemas.ids import delivery_id as engines_delivery_id
from schemas.ids import execution_id
from schemas.trigger import Trigger, UnreadableTrigger, read_trigger

WORKLOAD = Workload(400, Audience.EXTERNAL)


def deliveries(workload: Workload = WORKLOAD) -> list[Delivered]:
    """What a faultless contender writes."""
    return list(_deliveries(workload))


def _deliveries(workload: Workload) -> Iterator[Delivered]:
    for number, person in enumerate(workload.first_recipients()):
        if workload.flaw(number) is None:
            for each in workload.recipients_of(person):
                key = f"email:{user_id(each)}"
                request = request_id(number)
                yield Delivered(each % 12, key.encode(), request, delivery_id(request, key))


def letters(workload: Workload = WORKLOAD) -> list[Letter]:
    flaws = ((number, workload.flaw(number)) for number in range(workload.triggers))
    return [Letter(request_id(number), flaw.value) for number, flaw in flaws if flaw]


# --- the workload ----------------------------------------------------------------------------------------


def test_the_workload_is_the_same_each_time() -> None:
    assert list(WORKLOAD.records()) == list(WORKLOAD.records())


def test_one_trigger_in_a_hundred_cannot_be_executed_for_each_reason_in_turn() -> None:
    assert [letter.reason for letter in letters()] == [*Flaw, Flaw.UNKNOWN_CAMPAIGN]


@pytest.mark.parametrize("audience", Audience)
def test_its_triggers_are_what_the_engine_reads_but_for_those_that_are_to_be_invalid(
    audience: Audience,
) -> None:
    workload = Workload(400, audience)
    for number, (_, value) in enumerate(workload.records()):
        read = read_trigger(value)
        assert isinstance(read, UnreadableTrigger if workload.flaw(number) is Flaw.INVALID else Trigger)


def test_a_trigger_has_the_size_that_is_told() -> None:
    values = [value for _, value in WORKLOAD.records()]
    assert sum(map(len, values)) / len(values) == pytest.approx(420, abs=10)
    assert orjson.loads(values[0])["requestId"] == request_id(0)


# --- the verifier ----------------------------------------------------------------------------------------


def test_a_faultless_contender_holds() -> None:
    findings = check_work(WORKLOAD, deliveries(), letters())
    assert findings.hold
    assert findings.told() == "none"


def test_several_recipients_have_a_delivery_each() -> None:
    workload = replace(WORKLOAD, recipients=5)
    assert check_work(workload, deliveries(workload), letters()).hold
    assert check_work(workload, deliveries(workload)[1:], letters()).lost == 1


def test_a_lost_delivery_is_found() -> None:
    findings = check_work(WORKLOAD, deliveries()[1:], letters())
    assert (findings.lost, findings.duplicate, findings.hold) == (1, 0, False)


def test_a_duplicated_delivery_is_found() -> None:
    findings = check_work(WORKLOAD, [*deliveries(), deliveries()[7]], letters())
    assert (findings.lost, findings.duplicate, findings.hold) == (0, 1, False)


def test_a_lost_and_a_duplicated_dead_letter_are_found() -> None:
    findings = check_work(WORKLOAD, deliveries(), [*letters()[1:], letters()[2]])
    assert (findings.lost, findings.duplicate, findings.hold) == (1, 1, False)


def test_a_delivery_of_what_must_be_rejected_is_found() -> None:
    number = next(number for number in range(400) if WORKLOAD.flaw(number))
    key = "email:someone"
    stray = Delivered(0, key.encode(), request_id(number), delivery_id(request_id(number), key))
    assert check_work(WORKLOAD, [*deliveries(), stray], letters()).wrong == 1


def test_another_delivery_id_than_anyone_would_compute_is_found() -> None:
    first, *others = deliveries()
    assert check_work(WORKLOAD, [replace(first, delivery_id="other"), *others], letters()).wrong == 1


def test_a_wrong_reason_is_found() -> None:
    first, *others = letters()
    findings = check_work(WORKLOAD, deliveries(), [replace(first, reason="internal_error"), *others])
    assert (findings.lost, findings.wrong) == (1, 1)


def test_deliveries_off_their_keys_partition_are_counted() -> None:
    workload = replace(WORKLOAD, people=3)
    first, *others = deliveries(workload)
    findings = check_work(workload, [replace(first, partition=first.partition + 1), *others], letters())
    assert findings.off_partition > 0
    assert findings.hold


def test_lost_and_duplicated_copies_and_executions_are_found() -> None:
    requests = [request_id(number) for number in range(400)]
    copies = [Delivered(0, None, request) for request in requests]
    assert check_copies(WORKLOAD, copies).hold
    assert check_executions(WORKLOAD, requests).hold
    assert check_copies(WORKLOAD, copies[1:]).lost == 1
    assert check_executions(WORKLOAD, [*requests, requests[0]]).duplicate == 1


def test_the_verifiers_delivery_id_is_the_engines() -> None:
    execution = execution_id("order-shipped", "r-1")
    assert delivery_id("r-1", "email:a@b.c") == engines_delivery_id(execution, "email", "a@b.c", "email")


# --- the docs ---------------------------------------------------------------------------------------------


def test_the_docs_show_what_was_recorded() -> None:
    for file, text in documents():
        assert file.read_text(encoding="utf-8") == text, "run python -m bench.document"


# --- the arithmetic --------------------------------------------------------------------------------------


def sample(seconds: float, committed: int, cpu: float = 0.0) -> Sample:
    return Sample(seconds, committed, cpu, 0.0, 0.0, 0)


def test_the_speed_leaves_the_warm_up_out() -> None:
    samples = [sample(0, 0), sample(1, 100, 1), sample(2, 300, 3), sample(3, 650, 3.35), sample(4, 1000, 3.7)]
    warm = warm_speed(samples, 1000)
    assert warm.per_second == pytest.approx(350)
    assert warm.cpu_us == pytest.approx(1000)
    assert cold_speed(samples, 1000).per_second == pytest.approx(200)


def test_a_run_that_was_over_between_two_looks_has_no_speed() -> None:
    with pytest.raises(TooShortError):
        warm_speed([sample(0, 0), sample(1, 1000)], 1000)


def test_a_spread_is_least_median_and_most() -> None:
    assert Spread.of([3, 1, 2]) == Spread(1, 2, 3)


def test_delays_are_told_by_their_percentiles() -> None:
    delay = Delay.of([float(number) for number in range(1001)])
    assert (delay.p50, delay.p99, delay.p999) == (500, 990, 999)


def test_a_target_bounds_from_below_or_from_above() -> None:
    assert [Target("", 0.6, found).is_met for found in (0.59, 0.6)] == [False, True]
    assert [Target("", 1.3, found, is_least=False).is_met for found in (1.3, 1.31)] == [True, False]


def test_a_ratio_that_fell_by_a_fifth_is_told_and_one_that_fell_by_a_tenth_is_not() -> None:
    recorded = {"unitary": Ratios(0.5, 0.5)}
    assert falls(recorded, {"unitary": Ratios(0.45, 0.6)}) == []
    assert falls(recorded, {"unitary": Ratios(0.4, 0.5)}) == [
        "unitary: rate fell from 0.50 to 0.40 of the ceiling's"
    ]
