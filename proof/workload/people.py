"""The people of the proof: known, unwilling, suppressed and new ones."""

from collections.abc import Iterator
from random import Random

from proof.workload.request import Json

MEMBERS = 60
REGULARS = 200

_SUPPRESSED_EVERY = 10
_SUPPRESSED_REST = 4


def member(number: int) -> str:
    """One whose profile is imported."""
    return f"member-{number}@proof.example"


def regular(number: int) -> str:
    """One of those who get many messages; whichever comes first makes the profile."""
    return f"regular-{number}@proof.example"


def is_willing(user_id: str) -> bool:
    return _number(user_id) % 2 == 0


def is_suppressed(user_id: str) -> bool:
    return user_id.startswith("member-") and _number(user_id) % _SUPPRESSED_EVERY == _SUPPRESSED_REST


def is_known(user_id: str) -> bool:
    return user_id.startswith("member-")


def _number(user_id: str) -> int:
    return int(user_id.partition("-")[2].partition("@")[0])


def imported_profiles() -> Iterator[Json]:
    """As lines of a file for `clarion profiles import`."""
    for number in range(MEMBERS):
        answer = "y" if is_willing(member(number)) else "n"
        yield {
            "identities": [{"namespace": "email", "id": member(number)}],
            "attributes": {"person": {"name": {"firstName": f"Member {number}"}}},
            "consents": {"marketing": {"email": {"val": answer}}},
        }


def suppressed_addresses() -> list[str]:
    return [member(number) for number in range(MEMBERS) if is_suppressed(member(number))]


def some_regulars(random: Random, count: int) -> list[str]:
    return [regular(number) for number in random.sample(range(REGULARS), count)]
