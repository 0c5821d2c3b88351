import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logging import configure_logging


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    structlog.get_logger("consumer.exactly_once.consume").info("batch", records=3)
    (line,) = lines(capsys)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "message": "batch",
        "level": "info",
        "logger": "consumer.exactly_once.consume",
        "records": 3,
    }


def test_an_exception_is_data_without_the_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")

    def fail(address: str) -> None:
        raise ValueError(len(address))

    try:
        fail("alice@example.com")
    except ValueError:
        structlog.get_logger("consumer.triggers.handle").exception("internal error")
    (line,) = lines(capsys)
    assert isinstance(line["exception"], list)
    assert "alice@example.com" not in json.dumps(line)


def test_the_libraries_speak_through_the_same_renderer(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    logging.getLogger("asyncpg.pool").warning("closing %s", "slowly")
    assert [line["message"] for line in lines(capsys)] == ["closing slowly"]


def test_debugging_does_not_open_the_requests_that_aiokafka_logs(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("DEBUG", "json")
    logging.getLogger("aiokafka.conn").debug("Request: %s", "password")
    structlog.get_logger("consumer.x").debug("ours")
    assert [line["message"] for line in lines(capsys)] == ["ours"]


def test_a_complaint_of_aiokafka_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    for attempt in range(5):
        logging.getLogger("aiokafka.client").error("Unable to connect (%d)", attempt)
    assert len(lines(capsys)) == 1


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "console")
    structlog.get_logger("consumer.exactly_once.consume").info("batch", records=3)
    assert "records=3" in capsys.readouterr().err
