"""What is not replayed, while the rest is."""

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from consumer.dead_letters.choice import Choice
from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import TopicMissingError
from consumer.replay.discard import discard
from consumer.replay.refusal import Why
from consumer.replay.run import execute, preview
from consumer.replay.watcher import ReplayWatcher
from schemas.place import LetterPlace
from tests.builders import failure, trigger
from tests.installation import Installation
from tests.replays import RUN, order, put_letters, replay, triggers


async def test_garbage_is_refused_and_can_be_forced_or_discarded(installation: Installation) -> None:
    await put_letters(installation, 2, b"{garbage", reason="malformed")
    report = await replay(installation)
    assert (report.replayed, report.refusals) == (0, {Why.GARBAGE: 2})
    forced = await replay(installation, Choice(at=frozenset({LetterPlace(0, 0)})), force=True)
    assert forced.replayed == 1
    cluster = Cluster.of(installation.settings)
    assert await discard(cluster, [LetterPlace(0, 1)], RUN, "garbage") == {}
    assert (await replay(installation, force=True)).replayed == 0


async def test_a_letter_that_had_its_tries_is_refused_and_the_others_are_done(
    installation: Installation,
) -> None:
    await put_letters(installation, attempt="5")
    await put_letters(installation, 2, attempt="4")
    report = await replay(installation)
    assert (report.replayed, report.refusals) == (2, {Why.ATTEMPTS: 1})
    assert "5 tries in all" in report.refused[0].sentence
    assert (await replay(installation, max_attempts=6)).replayed == 1


async def test_a_topic_that_is_gone_or_not_ours_is_refused(installation: Installation) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    gone = installation.topics.triggers("high-throughput")
    await admin.start()
    try:
        await admin.delete_topics([gone])
        await put_letters(installation, origin_topic=gone)
        await put_letters(installation, origin_topic="payments")
        await put_letters(installation)
        report = await replay(installation)
        assert (report.replayed, report.refusals) == (1, {Why.NO_TOPIC: 2})
        assert gone not in await admin.list_topics()
    finally:
        await admin.close()


async def test_a_topic_smaller_than_the_original_is_refused(installation: Installation) -> None:
    await put_letters(installation, value=b"x" * 3_000)
    await put_letters(installation, 40, value=b"x" * 100)
    await _shrink(installation, installation.topics.triggers("unitary"), 2_000)
    report = await replay(installation)
    # Those that fit are sent in batches that fit, too.
    assert (report.replayed, report.refusals) == (40, {Why.TOO_LARGE: 1})
    assert "max.message.bytes" in report.refused[0].sentence
    assert len(await triggers(installation)) == 40


async def _shrink(installation: Installation, topic: str, size: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await admin.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def test_somebody_elses_record_is_refused(installation: Installation) -> None:
    await installation.producer.send_and_wait(installation.topics.dead_letters, b"hello")
    report = await replay(installation, force=True)
    assert (report.replayed, report.refusals) == (0, {Why.FOREIGN: 1})


async def test_a_partly_failed_trigger_is_never_replayed_for_everybody(installation: Installation) -> None:
    stranger = failure("email:nobody@example.com")
    await put_letters(installation, value=orjson.dumps(trigger()), failures=[stranger])
    report = await replay(installation, force=True)
    assert (report.replayed, report.refusals) == (0, {Why.FOREIGN: 1})


async def test_a_letter_that_is_not_there_is_told(installation: Installation) -> None:
    await put_letters(installation)
    report = await replay(installation, Choice(at=frozenset({LetterPlace(0, 0), LetterPlace(1, 9)})))
    assert (report.replayed, report.refusals) == (1, {Why.NOT_THERE: 1})


async def test_missing_topics_are_told_and_not_made(installation: Installation) -> None:
    settings = installation.settings.model_copy(update={"topic_prefix": "nowhere."})
    with pytest.raises(TopicMissingError, match="clarion topics create"):
        await preview(Cluster.of(settings), order(), ReplayWatcher())
    with pytest.raises(TopicMissingError):
        await execute(Cluster.of(settings), order(), ReplayWatcher())
