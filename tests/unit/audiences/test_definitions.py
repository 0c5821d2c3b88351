"""What an audience's file may say, and what is said about mistakes in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.audience import CONDITIONS_MAX, AudienceMistakesError, read_audience, read_conditions
from schemas.channel import Channel
from schemas.conditions import All, AnyOf, Attribute, Consent, Not, Operator


def mistakes(**changes: Any) -> dict[str, str]:
    document = {"id": "a", "title": "A", "where": [{"consent": "email"}], **changes}
    with pytest.raises(AudienceMistakesError) as raised:
        read_audience(document)
    return {mistake.path: mistake.problem for mistake in raised.value.mistakes}


def test_conditions_nest() -> None:
    read = read_conditions(
        [
            {"attribute": "loyalty.points", "atLeast": 100, "atMost": 200},
            {"any": [{"consent": "sms"}, {"not": {"attribute": "tier", "in": ["basic", 7]}}]},
        ]
    )
    points = ("loyalty", "points")
    assert read == All(
        (
            All((Attribute(points, Operator.AT_LEAST, 100), Attribute(points, Operator.AT_MOST, 200))),
            AnyOf((Consent(Channel.SMS), Not(Attribute(("tier",), Operator.IN, ("basic", 7))))),
        )
    )


def test_days_are_in_utc_and_durations_are_read() -> None:
    day = read_conditions({"attribute": "born", "before": "1990-05-01"})
    assert day == Attribute(("born",), Operator.BEFORE, datetime(1990, 5, 1, tzinfo=UTC))
    recent = read_conditions({"attribute": "lastOrder", "within": "90d"})
    assert recent == Attribute(("lastOrder",), Operator.WITHIN, timedelta(days=90))


@pytest.mark.parametrize(
    ("condition", "path", "problem"),
    [
        ({"attribute": "a", "startWith": "x"}, "where[0].startWith", "did you mean 'startsWith'"),
        ({"atribute": "a", "is": "x"}, "where[0].atribute", "did you mean 'attribute'"),
        ({"attribute": "a"}, "where[0]", "compare the attribute"),
        ({"attribute": "a", "atLeast": "10"}, "where[0].atLeast", "must be a number"),
        ({"attribute": "a", "atLeast": True}, "where[0].atLeast", "must be a number"),
        ({"attribute": "a", "before": "2026-06-01T10:00"}, "where[0].before", "zone"),
        ({"attribute": "a", "before": 7}, "where[0].before", "zone"),
        ({"attribute": "a", "within": "soon"}, "where[0].within", "duration"),
        ({"attribute": "a", "exists": "yes"}, "where[0].exists", "true or false"),
        ({"attribute": "a", "in": []}, "where[0].in", "1 to 1,000"),
        ({"attribute": "a", "is": "\x00"}, "where[0].is", "U+0000"),
        ({"attribute": "a", "is": [1]}, "where[0].is", "text, a number"),
        ({"attribute": "a", "is": 2**70}, "where[0].is", "64 bits"),
        ({"attribute": "a..b", "is": 1}, "where[0].attribute", "names with a dot"),
        ({"consent": "mail"}, "where[0].consent", "email, sms, push"),
        ({"all": []}, "where[0].all", "at least one"),
        ({"any": [{"not": 7}]}, "where[0].any[0].not", "a condition is written as"),
        ("text", "where[0]", "a condition is written as"),
        ({"attribute": "a", "consent": "email"}, "where[0]", "exactly one of"),
    ],
)
def test_a_mistake_is_named_with_its_place(condition: Any, path: str, problem: str) -> None:
    assert problem in mistakes(where=[condition])[path]


def test_an_audience_has_either_conditions_or_a_list() -> None:
    assert "" in mistakes(where=None)
    assert "" in mistakes(members="people.txt")
    assert mistakes(id="a b", title="one\ntwo", tittle="x").keys() == {"id", "title", "tittle"}
    assert "a keys" not in mistakes(id=None)


def test_conditions_are_bounded() -> None:
    too_many = [{"consent": "email"}] * (CONDITIONS_MAX + 1)
    assert list(mistakes(where=too_many)) == [f"where[{CONDITIONS_MAX}]"]


def test_what_is_no_object_is_no_audience() -> None:
    with pytest.raises(AudienceMistakesError):
        read_audience(["id"])
