from consumer.kafka.topics import DELIVERY_BYTES_MAX, LANES, REQUEST_BYTES_MAX, Topics
from schemas.channel import Channel

TOPICS = Topics("acme.")
SETTINGS = TOPICS.settings(dead_letter_retention_ms=1)


def test_every_name_is_under_the_prefix() -> None:
    assert set(SETTINGS) == {
        *("acme.triggers", "acme.triggers.high-throughput", "acme.triggers.audience"),
        *("acme.deliveries.email", "acme.deliveries.sms", "acme.deliveries.push"),
        *("acme.dead-letters", "acme.dead-letters.resolutions"),
        *("acme.profiles.created", "acme.executions"),
        *("acme.feedback", "acme.feedback.invalid"),
    }


def test_a_replay_of_the_largest_trigger_fits_with_64_kb_of_headers() -> None:
    for lane in LANES:
        assert int(SETTINGS[TOPICS.triggers(lane)]["max.message.bytes"]) >= 1_000_000 + 64_000


def test_a_dead_letter_may_be_larger_than_what_a_trigger_topic_takes() -> None:
    triggers = int(SETTINGS[TOPICS.triggers("unitary")]["max.message.bytes"])
    assert int(SETTINGS[TOPICS.dead_letters]["max.message.bytes"]) > triggers


def test_the_largest_delivery_fits_its_topic_and_every_topic_the_producer() -> None:
    for channel in Channel:
        assert int(SETTINGS[TOPICS.deliveries(channel)]["max.message.bytes"]) > DELIVERY_BYTES_MAX
    limits = [int(found["max.message.bytes"]) for found in SETTINGS.values() if "max.message.bytes" in found]
    assert max(limits) < REQUEST_BYTES_MAX


def test_the_broker_dates_triggers_and_only_resolutions_are_compacted() -> None:
    for lane in LANES:
        assert SETTINGS[TOPICS.triggers(lane)]["message.timestamp.type"] == "LogAppendTime"
    compacted = [name for name, found in SETTINGS.items() if found["cleanup.policy"] != "delete"]
    assert compacted == [TOPICS.resolutions]
