"""Text that is not UTF-8 is refused, whichever way it comes in."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.text import BrokenTextError, refuse_broken_text
from config.errors import SettingsError
from config.loading import load_settings

NOT_TEXT = os.fsdecode(b"\xff")


def test_an_argument_that_is_not_text_is_refused() -> None:
    with pytest.raises(BrokenTextError, match=r"^Argument 2 is not UTF-8 text: a=\\xff$"):
        refuse_broken_text(["send", f"a={NOT_TEXT}"])


def test_the_name_of_a_file_need_not_be_text(tmp_path: Path) -> None:
    file = tmp_path / NOT_TEXT
    file.touch()

    refuse_broken_text(["send", str(file)])


@pytest.mark.parametrize(
    "name", ["CLARION_KAFKA_SASL_PASSWORD", "CLARION_DATABASE_URL", "CLARION_TOPIC_PREFIX"]
)
def test_a_setting_that_is_not_text_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, NOT_TEXT)

    with pytest.raises(SettingsError, match=rf"^{name}: is not UTF-8 text$"):
        load_settings()


@pytest.mark.parametrize(
    "arguments",
    [["campaigns", "apply"], ["channels", "apply"], ["send"], ["dead-letters", "replay", "--patch"]],
    ids=" ".join,
)
def test_a_file_that_is_not_text_is_refused(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
    file = tmp_path / NOT_TEXT
    file.write_bytes(b'{"id":"\xff"}\n')

    done = CliRunner().invoke(app, [*arguments, str(file)])

    assert isinstance(done.exception, SystemExit)
    assert done.exit_code in (1, 2)
    assert "UTF-8" in done.stderr
