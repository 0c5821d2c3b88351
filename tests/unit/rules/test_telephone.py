"""Telephone numbers as people write them, and when two are one number."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.rules.telephone import as_number, is_telephone_number, only_digits, telephone_problem

REGIONS = [None, "SE", "US", "IT", "AR", "JP", "BR"]


@pytest.mark.parametrize(
    "written",
    ["+46701234567", "+46 70 123 45 67", "+46 (0)70 123 45 67", "+46-(0)70-123.45.67", "0046701234567",
     "0046 (0)70 123 45 67"],
)  # fmt: skip
@pytest.mark.parametrize("region", REGIONS)
def test_spellings_of_an_international_number_are_one_in_every_region(
    written: str, region: str | None
) -> None:
    assert as_number(written, region) == "+46701234567"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("070-123 45 67", "SE", "+46701234567"),
        ("(202) 555-0142", "US", "+12025550142"),
        ("1 202 555 0142", "US", "+12025550142"),
        ("011 46 70 123 45 67", "US", "+46701234567"),
        ("06 698 12345", "IT", "+3906" + "69812345"),
    ],
)
def test_a_national_number_is_read_in_its_region(written: str, region: str, number: str) -> None:
    assert as_number(written, region) == number
    assert as_number(written, None) == only_digits(written)


@pytest.mark.parametrize("region", [None, "SE"])
@pytest.mark.parametrize(
    "written", ["72404", "123", "+0", "+999 123 456", "1" * 20, "+46+70", "00", "0012345", "+" + "1" * 20]
)
def test_what_is_no_number_anywhere_is_compared_by_its_digits(written: str, region: str | None) -> None:
    assert as_number(written, region) == only_digits(written)


def test_a_number_that_sheds_a_digit_with_each_reading_is_read_to_its_end() -> None:
    assert as_number("+46 00 70 123 45 67", None) == "+46701234567"


def test_the_zero_of_an_italian_number_is_part_of_it() -> None:
    assert as_number("+39 06 698 12345", None) == "+390669812345"
    assert as_number("+39 6 698 12345", None) != "+390669812345"


written_numbers = st.text("0123456789+ ()-.", min_size=3, max_size=30).filter(is_telephone_number)
international = st.builds(lambda digits: f"+{digits}", st.integers(1, 10**19 - 1).map(str))


@given(written_numbers | international, st.sampled_from(REGIONS))
def test_a_number_is_its_own_best_spelling(written: str, region: str | None) -> None:
    number = as_number(written, region)
    assert as_number(number, region) == number


@given(written_numbers | international, st.sampled_from(REGIONS), st.data())
def test_blanks_and_punctuation_never_matter(written: str, region: str | None, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(written)))
    other = written[:position] + data.draw(st.sampled_from(" -.()")) + written[position:]
    assert as_number(other, region) == as_number(written, region)


@settings(max_examples=500)
@given(international)
def test_the_short_way_gives_what_the_library_gives(written: str) -> None:
    try:
        parsed = phonenumbers.format_number(phonenumbers.parse(written), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        parsed = written
    # Else the library does not take its own answer for final, which ours is.
    if parsed == written or as_number(parsed, None) == parsed:
        assert as_number(written, None) == parsed


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "is empty"),
        ("+", "has 0 digits; 3 to 20 are needed"),
        ("1", "has 1 digit; 3 to 20 are needed"),
        ("12", "has 2 digits; 3 to 20 are needed"),
        ("1" * 21, "has 21 digits; 3 to 20 are needed"),
        ("555-CALL", "holds U+0043, which is not allowed"),
        ("\u202a+46 70 123 45 67\u202c", "holds U+202A, which is not allowed"),
        ("+46\u00a070 123", "holds U+00A0, which is not allowed"),
        ("123\n", "holds U+000A, which is not allowed"),
        ("\N{FULLWIDTH DIGIT ONE}23", "holds U+FF11, which is not allowed"),
    ],
)
def test_what_is_wrong_with_a_number_is_said_without_it(written: str, problem: str) -> None:
    assert not is_telephone_number(written)
    assert telephone_problem(written) == problem
