from consumer.monitoring.metrics import Metrics
from schemas.reasons import Reason


def test_outcomes_are_counted_by_campaign_and_reason() -> None:
    metrics = Metrics("unitary")
    metrics.count_outcomes({("sale", "delivery", ""): 2, ("", "rejection", Reason.UNKNOWN_CAMPAIGN): 1})
    delivered = {"lane": "unitary", "campaign": "sale", "outcome": "delivery", "reason": ""}
    rejected = {"lane": "unitary", "campaign": "", "outcome": "rejection", "reason": "unknown_campaign"}
    assert metrics.registry.get_sample_value("clarion_outcomes_total", delivered) == 2
    assert metrics.registry.get_sample_value("clarion_outcomes_total", rejected) == 1


def test_counters_that_alerts_watch_exist_before_their_first_event() -> None:
    value = Metrics("unitary").registry.get_sample_value
    assert value("clarion_fenced_total", {"by": "database"}) == 0
    assert value("clarion_lost_offsets_total") == 0
    assert value("clarion_retries_total", {"component": "kafka"}) == 0
    assert value("clarion_dead_letters_total", {"lane": "unitary", "reason": "internal_error"}) == 0
    assert value("clarion_deliveries_total", {"channel": "sms"}) == 0


def test_a_committed_batch_counts_its_records_and_times() -> None:
    metrics = Metrics("unitary")
    metrics.batch_committed(30, seconds=0.02, transaction_seconds=0.01)
    assert metrics.registry.get_sample_value("clarion_triggers_total", {"lane": "unitary"}) == 30
    assert metrics.registry.get_sample_value("clarion_batch_seconds_bucket", {"le": "0.025"}) == 1
    assert metrics.registry.get_sample_value("clarion_batch_records_sum") == 30


def test_the_lag_of_a_partition_that_moved_is_no_longer_told() -> None:
    metrics = Metrics("unitary")
    lag = {("clarion.triggers", 0): 5, ("clarion.triggers", 1): 7}
    metrics.watch_lag(lambda: lag)
    first, second = ({"topic": "clarion.triggers", "partition": partition} for partition in "01")
    assert metrics.registry.get_sample_value("clarion_consumer_lag", second) == 7
    del lag["clarion.triggers", 1]
    assert metrics.registry.get_sample_value("clarion_consumer_lag", first) == 5
    assert metrics.registry.get_sample_value("clarion_consumer_lag", second) is None


def test_two_engines_in_one_process_count_apart() -> None:
    one, other = Metrics("unitary"), Metrics("unitary")
    one.fenced("kafka")
    assert one.registry.get_sample_value("clarion_fenced_total", {"by": "kafka"}) == 1
    assert other.registry.get_sample_value("clarion_fenced_total", {"by": "kafka"}) == 0
