"""A person's traces in the tables: found for an export, and taken away for an erasure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from consumer.store.database import Connection, columns
from consumer.store.work import Address
from schemas.json import JsonObject

_SECONDS_MAX: Final = 600.0
"""Some tables have no index by person: they are read whole."""


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person is found."""

    names: Mapping[str, str]
    """What takes the place of each `namespace:userId`."""
    addresses: Sequence[Address]
    hashes: Sequence[bytes]
    """Of names and addresses, as executions are found by."""


async def find_addresses(connection: Connection, names: Sequence[str]) -> set[Address]:
    """Where deliveries to the person went."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT channel, address FROM deliveries
        WHERE recipient = ANY($1::text[]) AND address <> ''
        """,
        list(names),
    )
    return {(row["channel"], row["address"]) for row in rows}


async def erase_traces(connection: Connection, traces: Traces) -> dict[str, int]:
    """Within the caller's transaction; returns how many rows of which table were changed or removed."""
    changed: dict[str, int] = {}
    for name, instead in traces.names.items():
        namespace, _, user_id = name.partition(":")
        of_name: Sequence[tuple[str, str, Sequence[object]]] = (
            ("deliveries", _DELIVERIES, (name, instead)),
            ("executions", _EXECUTIONS, (name, instead, _pattern(name), _as_json(instead))),
            ("dead_letters", _LETTERS, (name, instead, _pattern(name), _as_json(instead))),
            ("cap_uses", "DELETE FROM cap_uses WHERE person = $1", (name,)),
            ("audience_lists", _LISTS, (namespace, user_id)),
            ("audience_pages", _PAGES, (namespace, user_id, instead)),
        )
        for table, statement, arguments in of_name:
            status = await connection.execute(statement, *arguments, timeout=_SECONDS_MAX)
            changed[table] = changed.get(table, 0) + int(status.split()[-1])
    pairs = columns(sorted(traces.addresses), 2)
    of_addresses: Sequence[tuple[str, str, Sequence[object]]] = (
        ("address_events", _HISTORY, pairs),
        ("suppressions", _SUPPRESSIONS, pairs),
        ("execution_people", "DELETE FROM execution_people WHERE hash = ANY($1::bytea[])", [traces.hashes]),
    )
    for table, statement, arguments in of_addresses:
        status = await connection.execute(statement, *arguments, timeout=_SECONDS_MAX)
        changed[table] = int(status.split()[-1])
    changed["audit"] = await _erase_from_audit(connection, traces)
    return {table: count for table, count in changed.items() if count}


_DELIVERIES: Final = "UPDATE deliveries SET recipient = $2, address = '' WHERE recipient = $1"
_EXECUTIONS: Final = """
    UPDATE executions SET outcomes = regexp_replace(outcomes::text, $3, $4, 'g')::jsonb
    WHERE outcomes @> jsonb_build_array(jsonb_build_object('recipient', $1::text)) AND $2::text IS NOT NULL
"""
_LETTERS: Final = """
    UPDATE dead_letters
    SET failures = regexp_replace(failures::text, $3, $4, 'g')::jsonb,
        detail = replace(detail, $1, $2)
    WHERE failures @> jsonb_build_array(jsonb_build_object('recipient', $1::text))
       OR position($1 IN detail) > 0
"""
_LISTS: Final = "DELETE FROM audience_lists WHERE namespace = $1 AND value = $2"
_PAGES: Final = """
    UPDATE audience_pages AS p SET user_ids = array_replace(user_ids, $2, $3)
    FROM audience_executions AS e
    WHERE e.id = p.execution_id AND e.namespace = $1 AND $2 = ANY(p.user_ids)
"""
_HISTORY: Final = """
    UPDATE address_events AS e SET address = ''
    FROM unnest($1::text[], $2::text[]) AS given (channel, address)
    WHERE e.channel = given.channel AND e.address = given.address
"""
_SUPPRESSIONS: Final = """
    DELETE FROM suppressions AS s USING unnest($1::text[], $2::text[]) AS given (channel, address)
    WHERE s.channel = given.channel AND s.address = given.address
"""


def _pattern(name: str) -> str:
    """The name inside JSON's text, where it does not go on: not as the beginning of a longer one."""
    return re.escape(_as_json(name)) + r"(?![[:alnum:]@_+-])(?!\.[[:alnum:]])"


def _as_json(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]


async def _erase_from_audit(connection: Connection, traces: Traces) -> int:
    """Addresses that somebody suppressed or allowed; that it was done stays."""
    needles = [address for _, address in traces.addresses]
    rows = await connection.fetch(
        """
        SELECT id, before, after FROM audit
        WHERE before ->> 'address' = ANY($1::text[]) OR after ->> 'address' = ANY($1::text[])
        """,
        needles,
        timeout=_SECONDS_MAX,
    )
    for row in rows:
        await connection.execute(
            "UPDATE audit SET before = $2, after = $3 WHERE id = $1",
            row["id"],
            _without_address(row["before"]),
            _without_address(row["after"]),
        )
    return len(rows)


def _without_address(entry: JsonObject | None) -> JsonObject | None:
    return None if entry is None else {**entry, **({"address": "erased"} if "address" in entry else {})}


async def find_traces(connection: Connection, traces: Traces) -> dict[str, list[dict[str, Any]]]:
    """What the tables hold of the person besides the profile, by table."""
    names, pairs = list(traces.names), columns(sorted(traces.addresses), 2)
    wanted = [orjson.dumps([{"recipient": name}]).decode() for name in names]
    users = [name.partition(":") for name in names]
    found = {}
    for table, statement, arguments in (
        ("deliveries", "SELECT * FROM deliveries WHERE recipient = ANY($1::text[])", [names]),
        ("executions", _FIND_EXECUTIONS, [names, wanted]),
        ("deadLetters", _FIND_LETTERS, [wanted]),
        ("suppressions", _FIND_BY_ADDRESS.format("suppressions"), pairs),
        ("addressEvents", _FIND_BY_ADDRESS.format("address_events"), pairs),
        ("capUses", "SELECT * FROM cap_uses WHERE person = ANY($1::text[])", [names]),
        ("audienceLists", _FIND_LISTS, [[n for n, _, _ in users], [u for _, _, u in users]]),
    ):
        rows = await connection.fetch(statement, *arguments, timeout=_SECONDS_MAX)
        found[table] = [{key: value for key, value in row.items() if key != "digest"} for row in rows]
    return found


_FIND_EXECUTIONS: Final = """
    SELECT e.execution_id, e.campaign_id, e.campaign_version, e.request_id, e.attempt, e.triggered_at,
        e.executed_at, jsonb_agg(outcome) AS outcomes
    FROM executions AS e, jsonb_array_elements(e.outcomes) AS outcome
    WHERE e.outcomes @> ANY(SELECT w::jsonb FROM unnest($2::text[]) AS w)
      AND outcome ->> 'recipient' = ANY($1::text[])
    GROUP BY e.partition, e.record_offset ORDER BY e.executed_at
"""
_FIND_LETTERS: Final = """
    SELECT partition, record_offset, failed_at, reason, campaign_id, request_id FROM dead_letters
    WHERE failures @> ANY(SELECT w::jsonb FROM unnest($1::text[]) AS w) ORDER BY failed_at
"""
_FIND_BY_ADDRESS: Final = """
    SELECT found.* FROM {} AS found
    JOIN unnest($1::text[], $2::text[]) AS given (channel, address) USING (channel, address)
"""
_FIND_LISTS: Final = """
    SELECT audience_id, namespace, value FROM audience_lists
    JOIN unnest($1::text[], $2::text[]) AS given (namespace, value) USING (namespace, value)
"""
