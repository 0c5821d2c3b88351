"""Conditions as SQL: as hostile as names and values can be, they match whom they name and nobody else."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumer.audiences import definitions
from consumer.audiences.errors import AudienceError
from consumer.store.database import Database
from consumer.store.membership import Query, condition_sql
from consumer.store.profiles import Holding, insert_profiles
from schemas.audience import read_conditions
from schemas.conditions import Condition
from tests.audiences import apply_audience, import_people, person
from tests.membership import holds

NASTY = [
    "a",
    "b",
    "0",
    "1",
    "'",
    '"',
    "'; DROP TABLE profiles; --",
    "$1",
    "$$",
    "{}",
    "{a,b}",
    "\\",
    "%",
    "a b",
    "\x01",
    "\u2028",
    "😀",
    "NULL",
    "É",
    "1e400",
]
NAMES = st.sampled_from(NASTY)
TEXTS = st.one_of(
    NAMES,
    st.sampled_from(
        ["2026-01-31", "2026-02-31", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.5+02:00", "infinity"]
    ),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.sampled_from([0, 1, 2, 1.0]))
VALUES = st.recursive(
    st.one_of(SCALARS, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
DAYS = st.sampled_from(["2026-01-31", "1999-12-31", "2026-01-31T09:00:00+01:00"])
COMPARISONS = st.one_of(
    st.fixed_dictionaries({"is": SCALARS}),
    st.fixed_dictionaries({"isNot": SCALARS}),
    st.fixed_dictionaries({"in": st.lists(SCALARS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"startsWith": TEXTS.filter(bool)}),
    st.fixed_dictionaries({"contains": SCALARS}),
    st.fixed_dictionaries({"atLeast": NUMBERS}),
    st.fixed_dictionaries({"atMost": NUMBERS, "atLeast": NUMBERS}),
    st.fixed_dictionaries({"before": DAYS}),
    st.fixed_dictionaries({"after": DAYS}),
    st.fixed_dictionaries({"within": st.sampled_from(["1s", "2d", "900000d"])}),
    st.fixed_dictionaries({"exists": st.booleans()}),
)
LEAVES = st.one_of(
    st.builds(lambda path, compared: {"attribute": path, **compared}, PATHS, COMPARISONS),
    st.sampled_from([{"consent": "email"}, {"consent": "sms"}]),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
PROFILES = st.dictionaries(NAMES, VALUES, max_size=4)
CONSENTS = st.sampled_from([{}, {"marketing": {"email": {"val": "y"}}}, {"marketing": "y"}])


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(document=CONDITIONS, people=st.lists(st.tuples(PROFILES, CONSENTS), min_size=1, max_size=5))
@example({"attribute": "a", "is": 1}, [({"a": True}, {}), ({"a": 1.0}, {}), ({"a": "1"}, {})])
@example({"attribute": "a", "before": "2026-02-01"}, [({"a": "2026-02-31"}, {}), ({"a": "2026-01-31"}, {})])
def test_the_sql_matches_whom_the_conditions_mean(
    database_url: str, document: Any, people: list[tuple[Any, Any]]
) -> None:
    condition = read_conditions(document)
    expected = [holds(condition, attributes, consents) for attributes, consents in people]
    assert asyncio.run(matches(database_url, condition, people)) == expected


async def matches(url: str, condition: Condition, people: list[tuple[Any, Any]]) -> list[bool]:
    """By SQL, in a transaction that leaves nothing behind."""
    ids = [uuid4() for _ in people]
    query = Query()
    where = condition_sql(query, condition, "opt-in")
    async with await Database.connect(url) as database:
        try:
            async with database.transaction() as connection:
                holdings = {id_: Holding(*each) for id_, each in zip(ids, people, strict=True)}
                await insert_profiles(connection, holdings)
                rows = await connection.fetch(
                    f"SELECT p.id FROM profiles AS p WHERE {where}",  # noqa: S608 - what is tested
                    *query.parameters,
                )
                raise RolledBack({row["id"] for row in rows})  # noqa: TRY301 - it rolls back
        except RolledBack as found:
            return [id_ in found.ids for id_ in ids]


class RolledBack(Exception):  # noqa: N818 - how a transaction is left
    def __init__(self, ids: set[object]) -> None:
        self.ids = ids


async def test_within_is_of_now_on_either_side(database: Database) -> None:
    now = datetime.now(UTC)
    near, far = (now + timedelta(hours=1)).isoformat(), (now - timedelta(days=3)).isoformat()
    await import_people(
        database,
        [person("near", attributes={"at": near}), person("far", attributes={"at": far}), person("none")],
    )
    for duration, count in (("2h", 1), ("4d", 2)):
        await apply_audience(database, {"attribute": "at", "within": duration})
        assert await definitions.count(database, "everybody", "opt-in") == count


async def test_consent_is_by_the_installations_default(database: Database) -> None:
    no = {"marketing": {"email": {"val": "n"}}}
    await import_people(database, [person("yes"), person("no", consents=no), person("silent", consents={})])
    await apply_audience(database, {"consent": "email"})
    assert await definitions.count(database, "everybody", "opt-in") == 1
    assert await definitions.count(database, "everybody", "opt-out") == 2


async def test_an_audience_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(AudienceError, match="no audience 'nobody'"):
        await definitions.count(database, "nobody", "opt-in")
