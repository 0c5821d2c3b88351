"""Times on the command line: with a zone, as an age, or as the clock on the wall shows them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cli.instant import parse_instant


@pytest.fixture(autouse=True)
def _in_stockholm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment", "shown"),
    [
        ("2026-06-01T12:00:00", "2026-06-01T10:00:00Z", "2026-06-01T12:00:00+02:00"),
        ("2026-06-01 12:00", "2026-06-01T10:00:00Z", "2026-06-01T12:00:00+02:00"),
        ("2026-01-31", "2026-01-30T23:00:00Z", "2026-01-31T00:00:00+01:00"),
    ],
)
def test_a_time_without_a_zone_is_local_and_its_zone_is_shown(
    text: str, moment: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parse_instant(text) == datetime.fromisoformat(moment)
    assert capsys.readouterr().err == f"{text} is read as {shown}.\n"


def test_a_time_of_day_is_the_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    for minutes in (-1, 1):
        local = (now + timedelta(minutes=minutes)).astimezone()

        found = parse_instant(f"{local.hour}:{local:%M}")

        assert found
        assert found <= datetime.now(UTC)
        assert found > datetime.now(UTC) - timedelta(hours=26)  # a day, and a change of the clocks
        assert (found.astimezone().hour, found.astimezone().minute) == (local.hour, local.minute)
    assert capsys.readouterr().err.count("is read as") == 2


@pytest.mark.parametrize("text", ["2026-06-01T12:00:00Z", "2026-06-01T14:00:00+02:00"])
def test_a_time_with_a_zone_is_read_as_it_is_written(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_instant(text) == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert capsys.readouterr().err == ""
