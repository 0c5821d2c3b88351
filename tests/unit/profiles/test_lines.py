"""The lines of a profile import: each is valid or has a problem, told with its number."""

from io import BytesIO

from consumer.profiles.lines import BATCH_BYTES, Line, Problem, batches, read_lines

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


def test_lines_are_taken_in_batches_that_are_bounded_in_lines_and_bytes() -> None:
    short = [ALICE % number for number in range(1_100)]
    assert [len(batch) for batch in batches(iter(read(*short)))] == [500, 500, 100]
    long = [ALICE % f'"{"x" * 900_000}"'] * 12
    assert [len(batch) for batch in batches(iter(read(*long)))] == [5, 5, 2]
    assert BATCH_BYTES < 5 * 900_000


def test_a_line_beyond_the_bound_is_a_problem_and_the_next_is_read() -> None:
    long, deep, after = read(ALICE % f'"{"x" * 1_000_000}"', ALICE % ("[" * 70 + "]" * 70), ALICE % 1)
    assert long == Problem(1, "it is longer than 1,000,000 bytes")
    assert deep == Problem(2, "it is not JSON: it is nested deeper than 64")
    assert isinstance(after, Line)
