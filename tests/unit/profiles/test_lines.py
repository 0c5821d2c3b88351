"""The lines of a profile import: each is valid or has a problem, told with its number."""

from io import BytesIO

from consumer.profiles.lines import Line, Problem, read_lines

ALICE = '{"identities":[{"namespace":"email","id":"alice@example.com"}],"attributes":{"points":%s}}\n'


def read(*lines: str) -> list[Line | Problem]:
    return list(read_lines(BytesIO("".join(lines).encode())))


def test_a_number_that_cannot_be_kept_is_a_problem_with_its_path() -> None:
    kept, small, long = read(ALICE % "18446744073709551615", ALICE % "1e-400", ALICE % ("9" * 30))
    assert isinstance(kept, Line)
    assert small == Problem(
        2, "attributes.points is a decimal that a double cannot hold to 17 digits (send it as a string)"
    )
    assert long == Problem(3, "attributes.points is an integer beyond 64 bits (send it as a string)")
