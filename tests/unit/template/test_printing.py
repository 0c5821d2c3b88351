"""Numbers in messages: plain digits, whatever prints them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.template.printing import json_pieces, print_number
from consumer.template.render import Message, Rendered, RenderFailed, compile_template, render

PLAIN = {
    0.00001: "0.00001",
    1e-7: "0.0000001",
    -2.5e-10: "-0.00000000025",
    5e-324: "0." + "0" * 323 + "5",
    1e22: "10000000000000000000000",
    1.5e300: "15" + "0" * 299,
    19.9: "19.9",
    100.0: "100.0",
    0.0: "0.0",
    2**64 - 1: "18446744073709551615",
    -(2**63): "-9223372036854775808",
}
WAYS = [
    "{{ context.x }}",
    "{{ [context.x] | join }}",
    "{{ context.x ~ '' }}",
    "{{ context.x | string }}",
    "{{ context.x | upper }}",
    "{{ context.x | tojson }}",
    "{{ '%s' | format(context.x) }}",
    "{{ context.x | urlencode }}",
    "{{ 'x' | replace('x', context.x) }}",
    "{{ context.x | trim }}",
    "{{ [context.x] | tojson | replace('[', '') | replace(']', '') }}",
]


def printed(source: str, value: object, *, autoescape: bool = False) -> str:
    template = compile_template(source, autoescape=autoescape)
    answer = render(Message({"text": template}), {"context": {"x": value}}, max_bytes=10_000)
    assert isinstance(answer, Rendered), answer
    return answer.parts["text"]


@pytest.mark.parametrize("source", WAYS)
@pytest.mark.parametrize(("value", "digits"), PLAIN.items())
def test_a_number_is_printed_without_an_exponent_by_every_way_to_print(
    source: str, value: float, digits: str
) -> None:
    assert printed(source, value) == printed(source, value, autoescape=True) == digits


def test_a_number_within_a_list_or_an_object_is_printed_plainly_too() -> None:
    value = {"small": 1e-5, "list": [1e22, 2, True, None, "1e-5"], "none": [], "nothing": {}}
    spelled = '{"small":0.00001,"list":[10000000000000000000000,2,true,null,"1e-5"],"none":[],"nothing":{}}'
    assert printed("{{ context.x }}", value) == spelled
    assert "".join(json_pieces(value)) == spelled


def test_a_number_that_is_written_in_the_template_is_printed_plainly() -> None:
    assert printed("{{ 0.00001 }} {{ 1e22 }} {{ 3 }}", None) == "0.00001 10000000000000000000000 3"


def test_infinity_is_not_printed() -> None:
    template = compile_template("{{ context.x * 10 }}", autoescape=False)
    answer = render(Message({"text": template}), {"context": {"x": 1e308}}, max_bytes=100)
    assert isinstance(answer, RenderFailed)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_has_no_exponent_and_gives_the_number_back(value: float) -> None:
    text = print_number(value)
    assert "e" not in text.lower()
    assert float(text) == value
    assert Decimal(text) == Decimal(repr(value))
