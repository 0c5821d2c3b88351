"""Who belongs to an audience, as SQL: every name and value that people write is a parameter, never text."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from schemas.conditions import (
    All,
    AnyOf,
    Attribute,
    Condition,
    Consent,
    Not,
    Operator,
)
from schemas.profile import ConsentDefault


class Query:
    """A statement in the making: its parameters, numbered as they are added."""

    def __init__(self, *parameters: object) -> None:
        self.parameters = list(parameters)

    def add(self, value: object, kind: str) -> str:
        """The parameter's place in the text."""
        self.parameters.append(value)
        return f"${len(self.parameters)}::{kind}"


def condition_sql(query: Query, condition: Condition, consent_default: ConsentDefault) -> str:
    """An expression over `p`, a row of profiles: true or false, never null, whatever the profile holds."""
    match condition:
        case Attribute():
            return _attribute_sql(query, condition)
        case Consent(channel):
            answer = f"p.consents #>> {query.add(['marketing', channel.value, 'val'], 'text[]')}"
            is_given = (
                f"({answer}) = 'y'" if consent_default == "opt-in" else f"({answer}) IS DISTINCT FROM 'n'"
            )
            return f"coalesce({is_given}, false)"
        case Not(part):
            return f"NOT {condition_sql(query, part, consent_default)}"
        case All(parts):
            return _joined([condition_sql(query, part, consent_default) for part in parts], "AND", "true")
        case AnyOf(parts):
            return _joined([condition_sql(query, part, consent_default) for part in parts], "OR", "false")


def _joined(parts: list[str], word: str, empty: str) -> str:
    return f"({f' {word} '.join(parts)})" if parts else empty


def _attribute_sql(query: Query, condition: Attribute) -> str:
    # `#>` gives null, and never an error, for a path that leads nowhere. A JSON null counts as absent.
    value = f"nullif(p.attributes #> {query.add(list(condition.path), 'text[]')}, 'null'::jsonb)"
    if condition.operator is Operator.EXISTS:
        return f"({value} IS NOT NULL)" if condition.operand else f"({value} IS NULL)"
    return f"coalesce({_COMPARISONS[condition.operator](query, value, condition.operand)}, false)"


def _is(query: Query, value: str, operand: object) -> str:
    return f"{value} = {query.add(operand, 'jsonb')}"


def _is_not(query: Query, value: str, operand: object) -> str:
    return f"{value} IS DISTINCT FROM {query.add(operand, 'jsonb')}"


def _in(query: Query, value: str, operand: object) -> str:
    return f"{value} = ANY ({query.add(operand, 'jsonb[]')})"


def _starts_with(query: Query, value: str, operand: object) -> str:
    begins = f"starts_with({value} #>> '{{}}', {query.add(operand, 'text')})"
    return f"(jsonb_typeof({value}) = 'string' AND {begins})"


def _contains(query: Query, value: str, operand: object) -> str:
    """A text in a text, or an element of a list."""
    in_text = (
        f"strpos({value} #>> '{{}}', {query.add(operand, 'text')}) > 0"
        if isinstance(operand, str)
        else "false"
    )
    in_list = f"{value} @> {query.add([operand], 'jsonb')}"
    return f"CASE jsonb_typeof({value}) WHEN 'string' THEN {in_text} WHEN 'array' THEN {in_list} END"


def _number(comparison: str) -> Callable[[Query, str, object], str]:
    # Compared as JSON, in which numbers have an order: nothing is cast, so nothing can fail.
    def compare(query: Query, value: str, operand: object) -> str:
        return f"(jsonb_typeof({value}) = 'number' AND {value} {comparison} {query.add(operand, 'jsonb')})"

    return compare


def _before(query: Query, value: str, operand: object) -> str:
    return f"clarion_moment({value}) < {query.add(operand, 'timestamptz')}"


def _after(query: Query, value: str, operand: object) -> str:
    return f"clarion_moment({value}) > {query.add(operand, 'timestamptz')}"


def _within(query: Query, value: str, operand: object) -> str:
    """Of now, on either side."""
    assert isinstance(operand, timedelta)
    seconds = query.add(operand.total_seconds(), "float8")
    return f"abs(extract(epoch FROM clarion_moment({value})) - extract(epoch FROM now())) <= {seconds}"


_COMPARISONS: Final[Mapping[Operator, Callable[[Query, str, object], str]]] = {
    Operator.IS: _is,
    Operator.IS_NOT: _is_not,
    Operator.IN: _in,
    Operator.STARTS_WITH: _starts_with,
    Operator.CONTAINS: _contains,
    Operator.AT_LEAST: _number(">="),
    Operator.AT_MOST: _number("<="),
    Operator.BEFORE: _before,
    Operator.AFTER: _after,
    Operator.WITHIN: _within,
}


def matching_sql(
    query: Query, condition: Condition, consent_default: ConsentDefault, namespace: str | None
) -> str:
    """Rows (profile_id, user_id): those whose profile matches; user_id is null without such an identity."""
    where = condition_sql(query, condition, consent_default)
    return f"""
        SELECT p.id AS profile_id, i.value AS user_id
        FROM profiles AS p LEFT JOIN ({_identities_sql(query, namespace)}) AS i ON i.profile_id = p.id
        WHERE {where}
    """  # noqa: S608 - the condition is made of parameters


def listed_sql(query: Query, audience_id: str, namespace: str | None) -> str:
    """The same, of those on a list: each person once, whatever identities of theirs are on it.

    Somebody without a profile is a person of their own, by the identity on the list.
    """
    listed, wanted = query.add(audience_id, "text"), query.add(namespace, "text")
    return f"""
        SELECT known.profile_id, coalesce(known.own, i.value) AS user_id
        FROM (
            SELECT o.profile_id, min(l.value) FILTER (WHERE l.namespace = {wanted}) AS own
            FROM audience_lists AS l JOIN identities AS o USING (namespace, value)
            WHERE l.audience_id = {listed} GROUP BY o.profile_id
        ) AS known LEFT JOIN ({_identities_sql(query, namespace)}) AS i USING (profile_id)
        UNION ALL
        SELECT NULL, CASE WHEN l.namespace = {wanted} THEN l.value END
        FROM audience_lists AS l LEFT JOIN identities AS o USING (namespace, value)
        WHERE l.audience_id = {listed} AND o.profile_id IS NULL
    """  # noqa: S608 - made of parameters


def _identities_sql(query: Query, namespace: str | None) -> str:
    """One identity of each profile in the namespace; None: in any, as for a count."""
    if namespace is None:
        return "SELECT NULL::uuid AS profile_id, NULL::text AS value WHERE false"
    return f"""
        SELECT profile_id, min(value) AS value FROM identities
        WHERE namespace = {query.add(namespace, "text")} GROUP BY profile_id
    """  # noqa: S608 - made of parameters
