import asyncio
import io
import json
from collections.abc import Mapping
from typing import Any

from config import SAMPLES
from consumer.profiles.importing import Imported, import_lines
from consumer.profiles.lines import Line, Problem, read_lines
from consumer.store.database import Database
from consumer.store.profiles import ShownProfile, find_profile

ALICE, PHONE = "email:alice@example.com", "phone:+12025550142"


def line(*identities: str, number: int = 1, **fields: Any) -> Line:
    named = [dict(zip(("namespace", "id"), identity.split(":"), strict=True)) for identity in identities]
    [read] = read_lines(io.BytesIO(json.dumps({"identities": named, **fields}).encode()))
    assert isinstance(read, Line)
    return Line(number, read.profile)


def consent(**channels: Mapping[str, str]) -> dict[str, object]:
    return {"marketing": channels}


async def show(database: Database, identity: str) -> ShownProfile | None:
    namespace, _, value = identity.partition(":")
    async with database.connection() as connection:
        return await find_profile(connection, (namespace, value))


async def shown(database: Database, identity: str = ALICE) -> ShownProfile:
    profile = await show(database, identity)
    assert profile is not None
    return profile


def test_a_line_with_a_key_given_twice_is_a_problem() -> None:
    identities = b'{"identities":[{"namespace":"email","id":"alice@example.com"}],'
    [problem] = read_lines(io.BytesIO(identities + b'"attributes":{"a":1,"a":2}}\n'))
    assert problem == Problem(1, "attributes.a is given twice")


async def test_a_new_person_becomes_a_profile_with_all_identities(database: Database) -> None:
    assert await import_lines(database, [line(ALICE, PHONE, attributes={"a": 1})]) == Imported(1, 0, [])
    profile = await shown(database)
    assert profile.identities == [("email", "alice@example.com"), ("phone", "+12025550142")]
    assert profile.holding.attributes == {"a": 1}
    assert profile.dataset is None
    assert (await shown(database, PHONE)).id == profile.id


async def test_attributes_are_merged_deeply(database: Database) -> None:
    await import_lines(
        database, [line(ALICE, attributes={"person": {"name": {"firstName": "Alice"}}, "tags": [1]})]
    )
    await import_lines(
        database, [line(ALICE, attributes={"person": {"name": {"lastName": "A"}}, "tags": [2]})]
    )
    name = {"firstName": "Alice", "lastName": "A"}
    assert (await shown(database)).holding.attributes == {"person": {"name": name}, "tags": [2]}


async def test_consents_are_replaced_channel_by_channel(database: Database) -> None:
    yes, no = {"val": "y", "time": "2026-01-01"}, {"val": "n"}
    await import_lines(database, [line(ALICE, consents=consent(email=yes, sms=yes))])
    await import_lines(database, [line(ALICE, consents=consent(email=no))])
    await import_lines(database, [line(ALICE, attributes={"a": 1})])
    assert (await shown(database)).holding.consents == consent(email=no, sms=yes)


async def test_importing_again_changes_nothing(database: Database) -> None:
    lines = [line(ALICE, attributes={"a": 1.0}, consents=consent(email={"val": "y"}))]
    await import_lines(database, lines)
    assert await import_lines(database, lines) == Imported(0, 0, [])


async def test_an_identity_is_added_to_the_profile_that_has_another(database: Database) -> None:
    await import_lines(database, [line(ALICE)])
    await import_lines(database, [line(PHONE, ALICE)])
    assert len((await shown(database)).identities) == 2


async def test_lines_of_one_person_in_one_batch_build_on_each_other(database: Database) -> None:
    lines = [line(ALICE, attributes={"a": 1}), line(ALICE, PHONE), line(PHONE, number=3, attributes={"b": 2})]
    assert await import_lines(database, lines) == Imported(1, 0, [])
    assert (await shown(database)).holding.attributes == {"a": 1, "b": 2}


async def test_a_line_that_would_join_two_profiles_is_refused_and_the_others_are_imported(
    database: Database,
) -> None:
    await import_lines(database, [line(ALICE), line(PHONE)])
    done = await import_lines(
        database, [line(ALICE, attributes={"a": 1}), line(ALICE, PHONE, "crm:1", number=7), line("crm:2")]
    )
    assert (done.created, done.changed) == (1, 1)
    assert done.problems == [
        Problem(7, "its identities belong to different profiles, which an import does not join")
    ]
    assert await show(database, "crm:1") is None


async def test_imports_at_the_same_time_make_one_profile(database: Database) -> None:
    lines = [[line(ALICE, PHONE, attributes={f"a{number}": number})] for number in range(4)]
    await asyncio.gather(*(import_lines(database, batch) for batch in lines))
    assert (await shown(database)).holding.attributes == {f"a{number}": number for number in range(4)}


async def test_a_line_that_the_database_refuses_does_not_hold_back_the_others(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("ALTER TABLE identities ADD CHECK (value <> 'cursed')")
    lines = [
        line(f"crm:{name}", number=number) for number, name in enumerate(["a", "b", "cursed", "c"], start=1)
    ]
    done = await import_lines(database, lines)
    assert done.created == 3
    assert [problem.number for problem in done.problems] == [3]


async def test_the_sample_profiles_are_imported(database: Database) -> None:
    with (SAMPLES / "profiles.jsonl").open("rb") as stream:
        lines = [read for read in read_lines(stream) if isinstance(read, Line)]
    assert (await import_lines(database, lines)).created == len(lines)


def test_each_bad_line_is_told_by_its_number() -> None:
    good = b'{"identities":[{"namespace":"email","id":"a@example.com"}]}'
    nul = b'{"identities":[{"namespace":"crm","id":"1"}],"attributes":{"a":"\\u0000"}}'
    bad = [b"{", b"{}", b'{"identities":[]}', nul, b"\xff", b'{"identities":[{"namespace":"a:b","id":"1"}]}']
    found = list(read_lines(io.BytesIO(b"\n".join([good, b"", *bad, good]))))
    assert [read.number for read in found if isinstance(read, Line)] == [1, 9]
    assert [read.number for read in found if isinstance(read, Problem)] == [3, 4, 5, 6, 7, 8]


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    assert line("crm:1", attributes={"a": "\\u0000"}).profile.attributes == {"a": "\\u0000"}


def test_a_line_beyond_a_megabyte_is_skipped_and_the_next_is_read() -> None:
    long = b'{"identities":[' + b" " * 2_500_000 + b"]}\n"
    [problem, read] = read_lines(io.BytesIO(long + b'{"identities":[{"namespace":"crm","id":"1"}]}'))
    assert isinstance(problem, Problem)
    assert isinstance(read, Line)
    assert read.number == 2
