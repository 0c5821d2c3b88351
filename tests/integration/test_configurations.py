import pytest

from consumer.campaigns.configurations import apply_configurations
from consumer.campaigns.errors import LifecycleError
from consumer.store.database import Database
from consumer.store.registry import read_revision
from schemas.campaign import ChannelsFile
from tests.integration.registry_files import configurations


async def revision(database: Database) -> int:
    async with database.connection() as connection:
        return await read_revision(connection)


async def test_a_configuration_keeps_its_channel(database: Database) -> None:
    await apply_configurations(database, configurations())
    with pytest.raises(LifecycleError, match="is for email and stays so"):
        await apply_configurations(database, ChannelsFile.validate_python({"acme": {"channel": "sms"}}))


async def test_configurations_that_are_equal_change_nothing(database: Database) -> None:
    assert await apply_configurations(database, configurations()) == ["acme"]
    before = await revision(database)
    assert await apply_configurations(database, configurations()) == []
    assert await revision(database) == before
