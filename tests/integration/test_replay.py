"""Replays on a real Kafka: what is sent, what is refused, and that it happens once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from consumer.fencing import FencedProducer
from consumer.registry import Registry
from consumer.replay.assess import Order
from consumer.replay.assignment import Assignment
from consumer.replay.choice import Choice
from consumer.replay.cluster import Cluster
from consumer.replay.discard import discard
from consumer.replay.edit import Edit
from consumer.replay.errors import TakenOverError, TopicMissingError
from consumer.replay.letter import Coordinates
from consumer.replay.placed import Run
from consumer.replay.refusal import Why
from consumer.replay.release import Releaser, watch
from consumer.replay.report import Report
from consumer.replay.run import execute, preview
from consumer.replay.watcher import Watcher
from consumer.replay.writer import writing
from tests.builders import campaign, failure, recipient, trigger
from tests.installation import Installation, Json, eventually, headers
from tests.letters import letter_headers, settled

RUN = Run("run-1", "dana")
TOMORROW = datetime.now(UTC) + timedelta(days=1)


def order(choice: Choice | None = None, **changes: Any) -> Order:
    return Order(choice or Choice(), RUN, **changes)


def by_reason(*reasons: str) -> Choice:
    return Choice(reasons=frozenset(reasons))


async def replay(installation: Installation, choice: Choice | None = None, **changes: Any) -> Report:
    return await execute(Cluster.of(installation.settings), order(choice, **changes), Watcher())


async def put_letters(
    installation: Installation, count: int = 1, value: bytes | None = b"{}", **changes: Any
) -> None:
    """Dead letters as if a consumer had written them, without one; all in partition 0."""
    key = changes.pop("key", b"key")
    changes.setdefault("origin_topic", installation.topics.triggers("unitary"))
    producer = installation.producer
    for number in range(count):
        # In a batch, as send() takes no record that has neither key nor value.
        batch = producer.create_batch()
        told = letter_headers(**{"request_id": f"r-{number}", **changes})
        batch.append(timestamp=None, key=key, value=value, headers=[("own", b"1"), *told])
        await (await producer.send_batch(batch, installation.topics.dead_letters, partition=0))


async def resolutions(installation: Installation) -> list[Json]:
    found = [
        {**orjson.loads(record.value or b""), "at": (record.key or b"").decode()}
        for record in await settled(installation, installation.topics.resolutions)
    ]
    return sorted(found, key=lambda one: Coordinates.parse(one["at"]))


async def triggers(installation: Installation) -> list[Any]:
    return await settled(installation, installation.topics.triggers("unitary"))


# --- once ------------------------------------------------------------------------------------------------


async def test_of_a_partly_failed_trigger_only_the_failed_are_executed(installation: Installation) -> None:
    people = [f"person-{number}@example.com" for number in range(20)]
    failing = {people[3], people[11], people[19]}
    await installation.activate(
        campaign(
            channels=campaign()["channels"]
            | {"sms": {"configuration": "text", "content": {"en": {"text": "Hi"}}}}
        )
    )
    phone = {"mobilePhoneNumber": "+46701234567"}
    sent = trigger(*(recipient(one, channelData={} if one in failing else phone) for one in people))
    async with installation.engine():
        await installation.send(sent)
        [letter] = await installation.dead_letters(1)
        assert len(orjson.loads(headers(letter)["clarion.failures"])) == 3
        assert len(await installation.deliveries()) == 37
        mend = [
            Assignment(f"recipients[{people.index(one)}].channelData.mobilePhoneNumber", "1")
            for one in failing
        ]
        mend = [Assignment(one.path, "+46701234567") for one in mend]
        report = await replay(installation, edit=Edit(tuple(mend)))
        assert (report.replayed, report.refusals) == (1, {})
        await installation.executions(2)
    deliveries = await installation.deliveries()
    assert Counter((d["recipient"]["userId"], d["channel"]) for d in deliveries) == Counter(
        (one, channel) for one in people for channel in ("email", "sms")
    )


async def test_a_preview_writes_nothing_and_fences_nobody(installation: Installation) -> None:
    await put_letters(installation, 3)
    cluster = Cluster.of(installation.settings)
    async with writing(cluster):
        report = await preview(cluster, order(), Watcher())
        assert report.replayed == 3
        [(key, group)] = report.groups.by_size()
        assert (key, group.count, group.example) == (("before_start", "welcome"), 3, Coordinates(0, 0))
    assert await triggers(installation) == await resolutions(installation) == []


async def test_the_original_returns_with_its_key_value_headers_and_partition(
    installation: Installation,
) -> None:
    await put_letters(installation, value=b'{"a":1}', key=b"\x00k", origin_partition="2", attempt="2")
    await replay(installation)
    [again] = await triggers(installation)
    assert (again.partition, again.key, again.value) == (2, b"\x00k", b'{"a":1}')
    assert headers(again) == {
        "own": "1",
        "clarion.attempt": "2",
        "clarion.origin.topic": installation.topics.triggers("unitary"),
        "clarion.origin.partition": "2",
        "clarion.origin.offset": "7",
        "clarion.origin.timestamp": "1770000000000",
    }


async def test_a_record_without_key_and_value_can_be_replayed(installation: Installation) -> None:
    await put_letters(installation, value=None, key=None)
    assert (await replay(installation)).refusals == {Why.GARBAGE: 1}
    assert (await replay(installation, force=True)).replayed == 1
    [again] = await triggers(installation)
    assert (again.key, again.value) == (None, None)


async def test_what_is_resolved_is_not_replayed_again(installation: Installation) -> None:
    await put_letters(installation, 250)
    assert (await replay(installation)).replayed == 250
    assert (await replay(installation)).replayed == 0
    assert len(await triggers(installation)) == len(await resolutions(installation)) == 250
    [first, *_] = await resolutions(installation)
    assert (first["action"], first["runId"], first["operator"]) == ("replay", "run-1", "dana")


async def test_what_a_killed_replay_left_open_is_undone_and_done_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    async def die(_: FencedProducer) -> None:
        raise KilledError

    await put_letters(installation, 3)
    with monkeypatch.context() as patch:
        patch.setattr(FencedProducer, "commit_transaction", die)
        with pytest.raises(KilledError):
            await replay(installation)
    assert (await replay(installation)).replayed == 3
    assert len(await triggers(installation)) == len(await resolutions(installation)) == 3


async def test_of_two_replays_the_later_takes_over(installation: Installation) -> None:
    await put_letters(installation, 60)
    first = asyncio.create_task(replay(installation, per_second=5))
    await eventually(lambda: _some(installation))
    second = await replay(installation)
    with pytest.raises(TakenOverError, match="Another replay has taken over"):
        await first
    assert 0 < second.replayed < 60
    offsets = [headers(record)["clarion.origin.offset"] for record in await triggers(installation)]
    assert len(offsets) == 60
    assert len({one["at"] for one in await resolutions(installation)}) == 60


async def _some(installation: Installation) -> bool:
    return bool(await installation.read(installation.topics.resolutions))


async def test_a_replay_is_not_faster_than_asked(installation: Installation) -> None:
    await put_letters(installation, 30)
    began = asyncio.get_running_loop().time()
    await replay(installation, per_second=20)
    assert asyncio.get_running_loop().time() - began > 28 / 20 - 0.3


async def test_the_largest_originals_are_replayed(installation: Installation) -> None:
    await put_letters(installation, 4, value=b"x" * 1_000_000)
    assert (await replay(installation)).replayed == 4
    assert [len(record.value) for record in await triggers(installation)] == [1_000_000] * 4


# --- refusals --------------------------------------------------------------------------------------------


async def test_garbage_is_refused_and_can_be_forced_or_discarded(installation: Installation) -> None:
    await put_letters(installation, 2, b"{garbage", reason="malformed")
    report = await replay(installation)
    assert (report.replayed, report.refusals) == (0, {Why.GARBAGE: 2})
    forced = await replay(installation, Choice(at=frozenset({Coordinates(0, 0)})), force=True)
    assert forced.replayed == 1
    cluster = Cluster.of(installation.settings)
    assert await discard(cluster, [Coordinates(0, 1)], RUN, "garbage") == {}
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
    report = await replay(installation, Choice(at=frozenset({Coordinates(0, 0), Coordinates(1, 9)})))
    assert (report.replayed, report.refusals) == (1, {Why.NOT_THERE: 1})


async def test_missing_topics_are_told_and_not_made(installation: Installation) -> None:
    settings = installation.settings.model_copy(update={"topic_prefix": "nowhere."})
    with pytest.raises(TopicMissingError, match="clarion topics create"):
        await preview(Cluster.of(settings), order(), Watcher())
    with pytest.raises(TopicMissingError):
        await execute(Cluster.of(settings), order(), Watcher())


# --- changes ---------------------------------------------------------------------------------------------


async def test_a_mended_trigger_is_delivered_and_the_change_is_on_record(installation: Installation) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(trigger(context={}))
        await installation.dead_letters(1)
        edit = Edit((Assignment("context.name", "Bob"),))
        assert (await replay(installation, by_reason("missing_context"), edit=edit)).replayed == 1
        await eventually(installation.deliveries)
    [delivery] = await installation.deliveries()
    assert delivery["content"]["subject"] == "Hello Bob"
    [resolution] = await resolutions(installation)
    assert resolution["patch"] == {"context": {"name": "Bob"}}


# --- what topics lose ------------------------------------------------------------------------------------


async def test_without_its_resolution_a_letter_is_open_again(installation: Installation) -> None:
    await put_letters(installation, 2)
    await replay(installation)
    await installation.producer.send_and_wait(installation.topics.resolutions, None, key=b"0:1")
    assert (await replay(installation)).replayed == 1


async def test_letters_that_expired_are_passed_over(installation: Installation) -> None:
    await put_letters(installation, 3)
    topic = installation.topics.dead_letters
    async with Cluster.of(installation.settings).admin() as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(2)})
    report = await replay(installation)
    assert (report.replayed, report.refusals) == (1, {})


# --- discarding ------------------------------------------------------------------------------------------


async def test_discarding_says_what_was_resolved_already_or_is_not_there(installation: Installation) -> None:
    await put_letters(installation, 2)
    cluster = Cluster.of(installation.settings)
    assert await discard(cluster, [Coordinates(0, 0)], RUN, "not wanted") == {}
    refused = await discard(cluster, [Coordinates(0, 0), Coordinates(0, 1), Coordinates(2, 8)], RUN, "again")
    assert set(refused) == {Coordinates(0, 0), Coordinates(2, 8)}
    assert "resolved already: discard by dana at" in refused[Coordinates(0, 0)]
    assert [(one["at"], one["note"]) for one in await resolutions(installation)] == [
        ("0:0", "not wanted"),
        ("0:1", "again"),
    ]


# --- early calls -----------------------------------------------------------------------------------------


@pytest.fixture
async def early(installation: Installation) -> AsyncIterator[Installation]:
    """Two early calls of each of two campaigns, and an engine."""
    for id_ in ("one", "two"):
        await installation.activate(campaign(id=id_, start=TOMORROW))
    async with installation.engine():
        await installation.send(*(trigger(campaignId=id_) for id_ in ("one", "two", "one", "two")))
        await installation.dead_letters(4)
        yield installation


def releaser(installation: Installation) -> Releaser:
    cluster = Cluster.of(installation.settings)
    return Releaser(cluster, Registry(installation.database), order())


async def campaigns_of(deliveries: Sequence[Json]) -> Counter[str]:
    return Counter(delivery["campaignId"] for delivery in deliveries)


async def test_early_calls_are_released_once_when_their_campaign_has_started(early: Installation) -> None:
    one = releaser(early)
    assert (await one.release()).replayed == 0
    await early.activate(campaign(id="one"))
    assert (await one.release()).replayed == 2
    assert (await one.release()).replayed == 0
    assert (await releaser(early).release()).replayed == 0
    await eventually(lambda: _delivered(early, 2))
    await early.activate(campaign(id="two"))
    assert (await one.release()).replayed == 2
    await eventually(lambda: _delivered(early, 4))
    assert await campaigns_of(await early.deliveries()) == {"one": 2, "two": 2}


async def _delivered(installation: Installation, count: int) -> bool:
    return len(await installation.deliveries()) >= count


async def test_nobody_is_fenced_while_nothing_is_due(early: Installation) -> None:
    await early.activate(campaign(id="one"))
    assert (await releaser(early).release()).replayed == 2
    async with writing(Cluster.of(early.settings)) as writer:
        # "one" has started, but its calls were released already.
        assert (await releaser(early).release()).replayed == 0
        await writer.commit([])


async def test_calls_that_come_while_watching_are_released(early: Installation) -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(watch(releaser(early), 0.2, stop))
    await early.send(trigger(campaignId="two"))
    await early.dead_letters(5)
    await early.activate(campaign(id="two"))
    await eventually(lambda: _delivered(early, 3))
    stop.set()
    await watching
    assert await campaigns_of(await early.deliveries()) == {"two": 3}


async def test_a_watch_without_kafka_waits_and_ends_when_told(installation: Installation) -> None:
    away = installation.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    stop = asyncio.Event()
    watcher = Releaser(Cluster.of(away), Registry(installation.database), order())
    watching = asyncio.create_task(watch(watcher, 0.1, stop))
    done, _ = await asyncio.wait({watching}, timeout=1)
    assert not done
    stop.set()
    await watching
