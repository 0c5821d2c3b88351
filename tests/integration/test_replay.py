"""Replays on a real Kafka: what is sent, and that it happens once."""

import asyncio
from collections import Counter

import orjson
import pytest
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from consumer.kafka.cluster import Cluster
from consumer.kafka.fencing import FencedProducer
from consumer.replay.assignment import Assignment
from consumer.replay.discard import discard
from consumer.replay.edit import Edit
from consumer.replay.errors import TakenOverError
from consumer.replay.refusal import Why
from consumer.replay.run import preview
from consumer.replay.watcher import ReplayWatcher
from consumer.replay.writer import writing
from schemas.place import LetterPlace
from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, eventually, headers
from tests.replays import RUN, by_reason, order, put_letters, replay, resolutions, triggers


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
        report = await preview(cluster, order(), ReplayWatcher())
        assert report.replayed == 3
        [(key, group)] = report.groups.by_size()
        assert (key, group.count, group.example) == (("before_start", "welcome"), 3, LetterPlace(0, 0))
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
    assert await discard(cluster, [LetterPlace(0, 0)], RUN, "not wanted") == {}
    refused = await discard(cluster, [LetterPlace(0, 0), LetterPlace(0, 1), LetterPlace(2, 8)], RUN, "again")
    assert set(refused) == {LetterPlace(0, 0), LetterPlace(2, 8)}
    assert "resolved already: discard by dana at" in refused[LetterPlace(0, 0)]
    assert [(one["at"], one["note"]) for one in await resolutions(installation)] == [
        ("0:0", "not wanted"),
        ("0:1", "again"),
    ]
