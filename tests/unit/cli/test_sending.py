"""What `clarion send --context` makes of its pairs."""

import pytest
import typer

from cli.context import parse_context


def test_dots_make_objects() -> None:
    assert parse_context(["order.id=42", "order.sku=A", "brand=Acme"]) == {
        "order": {"id": "42", "sku": "A"},
        "brand": "Acme",
    }


@pytest.mark.parametrize(
    "pairs",
    [
        ["order.id=42", "order=x"],
        ["order=x", "order.id=42"],
        ["order=x", "order=y"],
        ["order.id=42", "order.id=43"],
        ["a.b.c=1", "a.b=2"],
    ],
    ids=" ".join,
)
def test_a_name_with_two_values_is_refused_in_either_order(pairs: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match="has a value already"):
        parse_context(pairs)
