"""Numbers that cannot be kept as they were written are found, and no others."""

from decimal import Decimal

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.json import canonical
from schemas.numbers import is_lossy, lossy_numbers, may_be_lossy, parse_keeping_digits
from schemas.reasons import Reason
from schemas.trigger import Trigger, UnreadableTrigger, read_trigger

KEPT = [
    "0", "-0.0", "0e5", "42", "19.90", "0.1", "1e2", "1E+22", "1e308", "1e-300", "5e-324",
    "9007199254740993", "18446744073709551615", "-9223372036854775808",
    "0.30000000000000004", "0.10000000000000001", "1.7976931348623157e308",
    "1.00000000000000000000000000", "100000000000000000000.0",
]  # fmt: skip
LOSSY = [
    "18446744073709551616", "-9223372036854775809", "12345678901234567890123", "9" * 300,
    "9007199254740993.0", "9007199254740993e0", "0.12345678901234567", "0.1234567890123456789",
    "3.14159265358979323846", "12345678901.123456789", "1e-400", "1E-0000400", "1.23456e-320",
    "1e-99999999999999999999", "-1e-400", "12345678901234567890e3",
]  # fmt: skip

integers = st.integers().map(str)
decimals = st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: str(number).lower())
doubles = st.floats(allow_nan=False, allow_infinity=False).map(repr)
literals = st.one_of(integers, decimals.filter(lambda text: abs(float(text)) < 1e308), doubles)


def trigger_with(literal: str) -> bytes:
    context = f'{{"order":{{"lines":[{{"n": {literal}}}]}},"id":"12345678901234567890123"}}'
    recipient = f'{{"namespace":"email","userId":"a@b.c","context":{context}}}'
    return f'{{"requestId":"r-1","campaignId":"welcome","recipients":[{recipient}]}}'.encode()


@pytest.mark.parametrize("literal", KEPT)
def test_a_number_that_is_kept_is_not_found(literal: str) -> None:
    assert not is_lossy(literal)
    assert lossy_numbers(trigger_with(literal)) == []
    assert isinstance(read_trigger(trigger_with(literal)), Trigger)


@pytest.mark.parametrize("literal", LOSSY)
def test_a_number_that_cannot_be_kept_is_invalid_with_its_path_and_without_its_digits(literal: str) -> None:
    read = read_trigger(trigger_with(literal))
    assert isinstance(read, UnreadableTrigger)
    assert (read.reason, read.request_id, read.campaign_id) == (Reason.INVALID, "r-1", "welcome")
    assert "recipients[0].context.order.lines[0].n: " in read.detail
    assert literal not in read.detail


def test_every_such_number_is_listed_beside_the_violations_of_shape() -> None:
    context = '{"a":1e-400,"b":[1,99999999999999999999]}'
    read = read_trigger(f'{{"requestId":7,"campaignId":"c","context":{context},"recipients":[]}}'.encode())
    assert isinstance(read, UnreadableTrigger)
    for path in ("requestId: ", "recipients: ", "context.a: is a decimal", "context.b[1]: is an integer"):
        assert path in read.detail


@pytest.mark.parametrize(
    "text",
    ["12345678901234567890123", "at 1e-400, 99999999999999999999", "[99999999999999999999", 'x\\":1e-400'],
)
def test_digits_in_a_text_are_no_number(text: str) -> None:
    value = f'{{"a":"{text}","{text}":"b"}}'.encode()
    assert lossy_numbers(value) == []


def test_a_key_that_may_be_personal_is_not_spelled() -> None:
    [(path, _)] = lossy_numbers(b'{"context":{"alice@example.com":[99999999999999999999]}}')
    assert path == "context[...][0]"


@given(literals)
@example("1e-307")
@example("1234567890123456e5")
def test_the_quick_look_misses_none(literal: str) -> None:
    for value in (literal, f"[{literal}]", f'{{"a": {literal}}}', f"[1,\n{literal} ]"):
        assert may_be_lossy(value.encode()) or not is_lossy(literal)


@given(literals, literals)
def test_numbers_that_are_kept_are_told_apart(one: str, other: str) -> None:
    # A double's digits are either the shortest or seventeen: both spell the same number.
    def spelled(literal: str) -> Decimal:
        return (
            Decimal(literal) if "." not in literal and "e" not in literal else Decimal(repr(float(literal)))
        )

    if not is_lossy(one) and not is_lossy(other) and spelled(one) != spelled(other):
        assert canonical(orjson.loads(one)) != canonical(orjson.loads(other))


@given(literals)
def test_a_number_that_is_kept_is_parsed_as_the_trigger_is(literal: str) -> None:
    parsed = parse_keeping_digits(literal.encode())
    if not is_lossy(literal):
        assert (type(parsed), parsed) == (type(orjson.loads(literal)), orjson.loads(literal))
    else:
        assert parsed == literal
