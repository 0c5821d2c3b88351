from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("48h", 172_800), ("2d", 172_800), ("1h30m", 5_400), (" 5m ", 300)],
)
def test_a_duration_is_read_as_people_write_it(written: str, seconds: int) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "0",
        "0s",
        "15",
        15,
        1.5,
        None,
        True,
        "1.5h",
        "-1m",
        "1m1h",
        "m",
        "5 m",
        "1w",
        "\N{FULLWIDTH DIGIT ONE}5m",
    ],
)
def test_anything_else_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(ValueError, match="15m"):
        parse_duration(written)


@pytest.mark.parametrize("written", ["999999d1s", "999999d999999h", "999999999d"])
def test_a_duration_that_could_not_be_written_again_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="give a duration"):
        parse_duration(written)


@given(st.integers(1, 999_999 * 86_400))
@example(999_999 * 86_400)
def test_what_is_written_is_read_back(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration
