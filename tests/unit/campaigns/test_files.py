from pathlib import Path

import pytest

from config import SAMPLES
from consumer.campaigns.files import UnreadableFileError, read_campaign, read_channels, read_rule_sets

CAMPAIGN = """
id: hello
title: Hello
type: transactional
namespace: email
channels:
  email:
    configuration: acme
    content:
      en: {subject: Hello, text: Hello}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "campaign.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(UnreadableFileError) as raised:
        read_campaign(path)
    assert not raised.value.is_unopened
    return [line.removeprefix(f"{path}") for line in str(raised.value).splitlines()]


def test_the_sample_files_are_read() -> None:
    assert read_channels(SAMPLES / "channels.yaml")
    for path in (SAMPLES / "campaigns").glob("*.yaml"):
        assert read_campaign(path).id == path.stem


def test_the_sample_rule_sets_are_valid_and_named_as_their_files() -> None:
    paths = sorted((SAMPLES / "rule-sets").glob("*.yaml"))
    assert [rule_set.id for rule_set in read_rule_sets(paths)] == [path.stem for path in paths]
    assert paths


def test_an_unknown_key_of_a_rule_set_is_named_with_what_was_meant(tmp_path: Path) -> None:
    text = "id: gentle\ntimezone: UTC\ncaps:\n  - {channels: [email], atmost: 1, per: day}\n"
    with pytest.raises(UnreadableFileError) as refused:
        read_rule_sets([written(tmp_path, text)])
    assert "unknown key 'atmost': did you mean atMost?" in str(refused.value)


def test_the_locale_no_is_a_string(tmp_path: Path) -> None:
    text = CAMPAIGN.replace("en: {", "no: {") + "defaultLocale: no\n"
    email = read_campaign(written(tmp_path, text)).channels.email
    assert email is not None
    assert email.content is not None
    assert list(email.content) == ["no"]


def test_plain_values_are_what_json_says_and_strings_otherwise(tmp_path: Path) -> None:
    context = (
        "context: {a: 1, b: 1.5, c: true, d: 12:30, e: 0142, f: 2026-01-01, g: +4670, h: yes, i: .nan}\n"
    )
    assert read_campaign(written(tmp_path, CAMPAIGN + context)).context == {
        "a": 1, "b": 1.5, "c": True, "d": "12:30", "e": "0142", "f": "2026-01-01", "g": "+4670", "h": "yes",
        "i": ".nan",
    }  # fmt: skip


def test_a_violation_is_told_with_its_path(tmp_path: Path) -> None:
    text = CAMPAIGN.replace("{subject: Hello, text: Hello}", "{text: Hello}").replace("title: Hello\n", "")
    assert mistakes(written(tmp_path, text)) == [
        ":2: title: Field required",
        ":9: channels.email.content.en.subject: Field required",
    ]


def test_an_unknown_key_is_named_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    text = CAMPAIGN.replace("text: Hello}", "txt: Hello}").replace("    configuration", "    configuratoin")
    text = text.replace("channels:", "chanels:\n  x: 1\nchannels:")
    assert [mistake for mistake in mistakes(written(tmp_path, text)) if "unknown" in mistake] == [
        ":12: channels.email.content.en: unknown key 'txt': did you mean text?",
        ":10: channels.email: unknown key 'configuratoin': did you mean configuration?",
        ":6: unknown key 'chanels': did you mean channels?",
    ]


def test_a_date_needs_a_time_zone(tmp_path: Path) -> None:
    [mistake] = mistakes(written(tmp_path, CAMPAIGN + "start: 2026-06-01T00:00:00\n"))
    assert mistake.startswith(":11: start:")
    assert "with its zone" in mistake


def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    assert mistakes(written(tmp_path, CAMPAIGN + "title: Again\n")) == [
        ":11:1: the key 'title' is given twice"
    ]


def test_a_merged_mapping_may_be_overridden(tmp_path: Path) -> None:
    text = CAMPAIGN.replace("en: {", "en: &en {") + "      sv: {<<: *en, subject: Hej}\n"
    email = read_campaign(written(tmp_path, text)).channels.email
    assert email is not None
    assert email.content is not None
    assert (email.content["sv"].subject, email.content["sv"].text) == ("Hej", "Hello")


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    [mistake] = mistakes(written(tmp_path, "id: hello\ntitle: [\n"))
    assert mistake.startswith(":3:1: ")


def test_a_file_without_fields_is_refused(tmp_path: Path) -> None:
    for text in ("", "just text", "- a\n- b"):
        [mistake] = mistakes(written(tmp_path, text))
        assert "must hold fields" in mistake


def test_a_number_beyond_64_bits_is_refused(tmp_path: Path) -> None:
    [mistake] = mistakes(written(tmp_path, CAMPAIGN + f"context: {{big: {10**30}}}\n"))
    assert "64 bits" in mistake


def test_what_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("title: Välkommen".encode("latin-1"))
    assert mistakes(path) == [": it is not UTF-8 text"]


def test_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file") as raised:
        read_campaign(tmp_path / "nope.yaml")
    assert raised.value.is_unopened


def test_a_channel_configuration_keeps_all_its_settings(tmp_path: Path) -> None:
    path = written(tmp_path, "acme: {channel: email, from: a@acme.example, replyTo: b@acme.example}")
    assert read_channels(path)["acme"].sender == {"from": "a@acme.example", "replyTo": "b@acme.example"}


@pytest.mark.parametrize("name", ["from", "replyTo", "listUnsubscribe"])
@pytest.mark.parametrize("odd", ["\\n", "\\r", "\\u2028", "\\0", "\\x85"])
def test_what_becomes_a_header_is_one_line(tmp_path: Path, name: str, odd: str) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(f'acme: {{channel: email, {name}: "Acme{odd}Bcc: x"}}')
    with pytest.raises(
        UnreadableFileError, match=f"acme: {name} must be one line without control characters"
    ):
        read_channels(path)
