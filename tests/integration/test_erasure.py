"""After an erasure no column of any table holds the address, the userId or an attribute of the person."""

from io import BytesIO

import orjson

from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line, read_lines
from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.feedback import event, report, rows, take_in
from tests.installation import Installation
from tests.projecting import project

PERSON = "erase.me@example.com"
OTHER = "erase.me@example.com.au"
NEEDLES = (PERSON, "+46701234567", "Kunigunde")
KEY = "00" * 32


async def lines(installation: Installation, *profiles: object) -> None:
    file = BytesIO(b"\n".join(map(orjson.dumps, profiles)))
    await import_lines(installation.database, [each for each in read_lines(file) if isinstance(each, Line)])


async def found(installation: Installation, needle: str) -> set[str]:
    """Every column of every table that holds the text, but not as the beginning of the other's address."""
    columns = await rows(
        installation,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
    )
    holding = set()
    for table, column in columns:
        statement = f"""
            SELECT count(*) FROM {table}
            WHERE position($1 IN replace({column}::text, '{OTHER}', '')) > 0
        """  # noqa: S608
        [[count]] = await rows(installation, statement, needle)
        if count:
            holding.add(f"{table}.{column}")
    return holding


async def test_no_column_of_any_table_holds_the_person(installation: Installation) -> None:
    installation.settings = installation.settings.model_copy(update={"secret_key": None})
    await lines(
        installation,
        {
            "identities": [{"namespace": "email", "id": PERSON}, {"namespace": "crm", "id": "C-77"}],
            "attributes": {
                "person": {"name": {"firstName": "Kunigunde"}},
                "mobilePhone": {"number": "+46701234567"},
            },
        },
    )
    await installation.activate(campaign())
    async with installation.engine():
        both = [recipient(PERSON), recipient(OTHER)]
        await installation.send(trigger(*both), trigger(*both, context={}))
        await installation.executions(2)
        made = await installation.deliveries()
    await project(installation)
    await report(installation, *(event(each, "bounced", bounce="hard") for each in made))
    await take_in(installation)
    await run(installation, "suppressions", "add", "sms", "+46701234567")
    await run(installation, "suppressions", "remove", "sms", "+46701234567")
    await run(installation, "suppressions", "add", "email", PERSON, "--reason", "complaint")
    for needle in NEEDLES:
        assert await found(installation, needle)
    exported = await run(installation, "profiles", "export", "email", PERSON)
    assert {"Kunigunde", "C-77"} <= set(exported.out.replace('"', " ").split())
    assert len(exported.json["deliveries"]) == 1
    assert len(exported.json["executions"]) == 2

    done = await run(installation, "profiles", "delete", "Email", PERSON, "--yes")

    assert (done.code, done.err) == (0, "")
    for needle in (*NEEDLES, "C-77"):
        assert await found(installation, needle) == set()
    assert await found(installation, "")
    assert OTHER in str(await rows(installation, "SELECT outcomes FROM executions"))
    [[recipients]] = await rows(installation, "SELECT array_agg(recipient) FROM deliveries")
    assert sorted(recipients)[1].startswith("erased:")
    [[what]] = await rows(installation, "SELECT after FROM audit WHERE what = 'profile.delete'")
    assert what["rows"]["deliveries"] == 1
    again = await run(installation, "profiles", "delete", "email", PERSON, "--yes")
    assert (again.code, again.err) == (1, f"Nothing is stored of email:{PERSON}.\n")
    assert (await run(installation, "profiles", "export", "email", PERSON)).code == 1


async def test_feedback_of_somebody_erased_has_no_effect(installation: Installation) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(trigger(recipient(PERSON)))
        await installation.executions(1)
        [made] = await installation.deliveries()
    await take_in(installation)
    await run(installation, "profiles", "delete", "email", PERSON, "--yes")
    await report(installation, event(made, "bounced", bounce="hard"), event(made, "unsubscribed"))
    await take_in(installation)
    assert await rows(installation, "SELECT * FROM suppressions") == []
    assert await rows(installation, "SELECT marks ? 'bounced.hard' FROM deliveries") == [(True,)]
