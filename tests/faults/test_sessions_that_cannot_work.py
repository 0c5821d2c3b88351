"""Sessions that answer and cannot work, as what their role or database was set to is for new ones only."""

import pytest

from tests.builders import campaign
from tests.faults.census import executed_at_least, take_census
from tests.faults.own_database import OwnDatabase
from tests.faults.processes import is_ready
from tests.faults.test_cannot_execute import people, said_on_readyz
from tests.installation import Installation, eventually
from tests.projecting import all_there, assert_projected, projector

READ_ONLY = ("default_transaction_read_only = on", "takes no writes")


@pytest.fixture
def installation(own_installation: Installation) -> Installation:
    return own_installation


@pytest.mark.parametrize(
    ("what", "setting", "cause"),
    [
        ("ROLE", *READ_ONLY),
        ("DATABASE", *READ_ONLY),
        ("ROLE", "search_path = nowhere", "does not exist"),
        ("ROLE", "statement_timeout = 1", "statement timeout"),
    ],
)
async def test_they_are_dropped_so_that_the_consumer_heals_by_itself(
    installation: Installation, database: OwnDatabase, what: str, setting: str, cause: str
) -> None:
    triggers, later = people(), people()
    name = setting.partition(" ")[0]
    async with installation.engine() as engine:
        await database.execute(f"ALTER {what} {database.name} SET {setting}")
        await database.end_sessions()
        await installation.send_all(triggers)
        await eventually(lambda: said_on_readyz(engine, cause))

        # The sessions opened meanwhile are left: nobody but the consumer can know of them.
        await database.execute(f"ALTER {what} {database.name} RESET {name}")

        await eventually(lambda: executed_at_least(installation, len(triggers)))
        await eventually(lambda: is_ready(engine))
        # The connection that listens heals, too.
        await installation.activate(campaign(id="later", maxAge="1h"))
        await installation.send_all(later)
        await eventually(lambda: executed_at_least(installation, len(triggers + later)))
    (await take_census(installation)).assert_exactly_once(triggers + later)


async def test_the_projector_drops_them_and_counts_what_waits(
    installation: Installation, database: OwnDatabase
) -> None:
    triggers = people()
    async with installation.engine(), projector(installation) as at_work:
        await installation.send_all(triggers)
        await eventually(lambda: all_there(installation, len(triggers)))

        await database.execute(f"REVOKE INSERT ON executions FROM {database.role}")
        await installation.send_all(people())
        await eventually(lambda: any("executions" in one for one in at_work.not_ready_because()))
        await database.execute(f"GRANT INSERT ON executions TO {database.role}")
        await eventually(lambda: all_there(installation, 2 * len(triggers)))
        await eventually(lambda: not at_work.not_ready_because())

        await database.execute(f"ALTER ROLE {database.role} SET default_transaction_read_only = on")
        await database.end_sessions()
        await eventually(lambda: any("takes no writes" in one for one in at_work.not_ready_because()))
        await database.execute(f"ALTER ROLE {database.role} RESET default_transaction_read_only")
        await eventually(lambda: not at_work.not_ready_because())
        await installation.send_all(people())
        await eventually(lambda: all_there(installation, 3 * len(triggers)))
    await assert_projected(installation)
