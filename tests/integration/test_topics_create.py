"""`clarion topics create` on topics that exist: what differs is named, and --fix sets what can be set."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from consumer.kafka.fencing import set_topic_settings
from tests.commands import Ended, run
from tests.installation import Installation, eventually


@pytest.fixture
async def admin(installation: Installation) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await client.start()
    yield client
    await client.close()


async def test_topics_as_they_are_created_have_no_differences(installation: Installation) -> None:
    done = await run(installation, "topics", "create")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("exists  ") == 12


@pytest.mark.parametrize(
    ("topic", "settings", "sentence"),
    [
        (
            "dead-letters.resolutions",
            {"cleanup.policy": "delete"},
            "cleanup.policy is delete and should be compact",
        ),
        (
            "dead-letters.resolutions",
            {"cleanup.policy": "compact,delete", "retention.ms": "3600000"},
            "retention.ms is 3600000 and should be -1",
        ),
        ("triggers", {"cleanup.policy": "compact"}, "cleanup.policy is compact and should be delete"),
        (
            "triggers",
            {"max.message.bytes": "1000"},
            "max.message.bytes is 1000 and should be at least 10655",
        ),
        (
            "triggers.high-throughput",
            {"message.timestamp.type": "CreateTime"},
            "message.timestamp.type is CreateTime and should be LogAppendTime",
        ),
        ("deliveries.sms", {"max.message.bytes": "1000"}, "max.message.bytes is 1000 and should be at least"),
        ("dead-letters", {"retention.ms": "60000"}, "retention.ms is 60000 and should be 2592000000"),
    ],
)
async def test_a_setting_that_differs_is_named_and_fixed(
    installation: Installation,
    admin: AIOKafkaAdminClient,
    topic: str,
    settings: Mapping[str, str],
    sentence: str,
) -> None:
    name = f"{installation.topics.prefix}{topic}"
    await set_topic_settings(admin, name, {**settings, "segment.ms": "3600000"})
    warned = await warning(installation)
    assert warned.code == 0
    assert f"warning: {name}: {sentence}" in warned.err
    assert "--fix" in warned.err

    fixed = await run(installation, "topics", "create", "--fix")
    assert (fixed.code, fixed.err) == (0, "")
    for setting in settings:
        assert f"set     {name} {setting}=" in fixed.out
    assert await eventually(lambda: is_silent(installation))


async def warning(installation: Installation) -> Ended:
    """Once it warns: a broker hears of a setting a moment after its controller."""

    async def warned() -> Ended | None:
        done = await run(installation, "topics", "create")
        return done if done.err else None

    found: Ended = await eventually(warned)
    return found


async def is_silent(installation: Installation) -> bool:
    return not (await run(installation, "topics", "create")).err


async def test_a_fix_leaves_the_operators_own_settings(
    installation: Installation, admin: AIOKafkaAdminClient
) -> None:
    """A larger limit, and what no setting of ours speaks of."""
    name = installation.topics.triggers("unitary")
    own = {"max.message.bytes": "9000000", "retention.ms": "1234567", "segment.ms": "7654321"}
    await set_topic_settings(admin, name, {**own, "cleanup.policy": "compact"})
    await warning(installation)
    assert (await run(installation, "topics", "create", "--fix")).code == 0
    await eventually(lambda: is_silent(installation))
    response: Any
    [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    found = {setting: value for setting, value, *_ in response.resources[0][4]}
    assert {**own, "cleanup.policy": "delete"}.items() <= found.items()


async def test_too_few_partitions_and_replicas_are_named_and_left_to_a_person(
    installation: Installation, admin: AIOKafkaAdminClient
) -> None:
    installation.settings = installation.settings.model_copy(
        update={"topic_prefix": "few.", "topic_partitions": 3, "replication_factor": 2}
    )
    await admin.create_topics([NewTopic(f"few.{name}", 1, 1) for name in NAMES])
    try:
        await warning(installation)
        fixed = await run(installation, "topics", "create", "--fix")
    finally:
        await admin.delete_topics([f"few.{name}" for name in NAMES])
    assert fixed.code == 1
    assert "warning: few.triggers: partitions is 1 and should be at least 3" in fixed.err
    assert "warning: few.triggers: replicas is 1 and should be at least 2" in fixed.err
    assert "set     few.triggers message.timestamp.type=LogAppendTime" in fixed.out


NAMES = (
    *("triggers", "triggers.high-throughput", "triggers.audience"),
    *("deliveries.email", "deliveries.sms", "deliveries.push"),
    *("dead-letters", "dead-letters.resolutions", "profiles.created", "executions"),
    *("feedback", "feedback.invalid"),
)
