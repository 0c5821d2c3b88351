"""Each finding of the table, with a campaign that causes it, and one that nearly does."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from consumer.campaigns.check import check_file
from consumer.campaigns.errors import Finding
from consumer.campaigns.review import FINDINGS, review
from consumer.campaigns.review.segments import count_segments
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIGURATIONS = {
    "acme": ChannelConfiguration.model_validate({"channel": "email", "from": "Acme <a@acme.example>"}),
    "broken": ChannelConfiguration.model_validate({"channel": "email", "from": "Acme"}),
    "text": ChannelConfiguration(channel=Channel.SMS),
    "app": ChannelConfiguration(channel=Channel.PUSH),
}
OUT = '<a href="https://acme.example/out">Unsubscribe</a>'

Json = dict[str, Any]


def email(html: str | None = "<p>Hello</p>", subject: str = "Hello", text: str | None = "Hello") -> Json:
    parts = {"subject": subject, "html": html, "text": text}
    return {name: part for name, part in parts.items() if part is not None}


def emails(configuration: str = "acme", **content: Json) -> Json:
    return {"channels": {"email": {"configuration": configuration, "content": content or {"en": email()}}}}


def html(source: str, **fields: Any) -> Json:
    return emails(en=email(source)) | fields


def sms(text: str) -> Json:
    return {
        "channels": {"sms": {"configuration": "text", "content": {"en": {"text": text}}}},
        "namespace": "phone",
    }


def push(body: str) -> Json:
    content = {"en": {"title": "Hello", "body": body}}
    return {"channels": {"push": {"configuration": "app", "content": content}}, "namespace": "ecid"}


def treated(**treatments: tuple[float, Json]) -> Json:
    written = {name: {"weight": weight, "content": content} for name, (weight, content) in treatments.items()}
    email = {"configuration": "acme", "treatments": written}
    return {"experiment": {"name": "x"}, "channels": {"email": email}}


def with_sms(fields: Json, **weights: float) -> Json:
    content = {"en": {"text": "Hello"}}
    treatments = {name: {"weight": weight, "content": content} for name, weight in weights.items()}
    return fields | {
        "channels": fields["channels"] | {"sms": {"configuration": "text", "treatments": treatments}}
    }


def reviewed(fields: Json) -> list[Finding]:
    written = {"id": "c", "title": "C", "type": "transactional", "namespace": "email", **emails(), **fields}
    return review(CampaignFile.model_validate(written), CONFIGURATIONS, NOW, {"gentle"}, {"everybody"})


@dataclass(frozen=True)
class Case:
    bad: Json
    path: str
    line: int | None = None
    good: Json = field(default_factory=dict)
    says: str = ""


TREATMENTS = "channels.email.treatments"
EN = "channels.email.content.en"
MARKETING: Json = {"type": "marketing"}
CASES: dict[str, Case] = {
    "end_before_start": Case({"start": NOW + DAY, "end": NOW}, "end", good={"start": NOW, "end": NOW + DAY}),
    "wrong_lane": Case({"type": "marketing", "lane": "high-throughput"}, "lane"),
    "lane_without_profiles": Case({"createProfiles": True, "lane": "high-throughput"}, "createProfiles"),
    "reserved_context": Case(
        html("<p>\n{{ context.system.x }}"), f"{EN}.html", 2, html("{{ context.systems.x }}")
    ),
    "unfit_configuration": Case(emails("broken"), "channels.email.configuration"),
    "unknown_configuration": Case(emails("acne"), "channels.email.configuration", says="did you mean acme?"),
    "mismatching_configuration": Case(
        emails("text"), "channels.email.configuration", says="for sms, not for email"
    ),
    "no_default_content": Case(emails(sv=email()), "channels.email.content"),
    "locale_twice": Case(emails(en=email(), EN=email()), "channels.email.content.EN"),
    "template_error": Case(html("\n\n{{ context.x"), f"{EN}.html", 3),
    "unknown_root": Case(html("<b>\n{{ contxt.x }}"), f"{EN}.html", 2, says="did you mean context?"),
    "unknown_recipient_member": Case(
        html("{{ recipient.email }}"), f"{EN}.html", 1, html("{{ recipient.userId }}")
    ),
    "empty_subject": Case(
        emails(en=email(subject="  ")), f"{EN}.subject", good=emails(en=email(subject="{{ context.x }}"))
    ),
    "empty_body": Case(
        emails(en=email("<p> </p>", text="")), EN, good=html('<img alt="A" src="https://a.example/a.png">')
    ),
    "personalised_host": Case(
        html("<p>\n<a href='https://{{context.host}}/'>x</a>"),
        f"{EN}.html",
        2,
        html(
            "<a href='https://a.example/{{context.path}}?{{context.query}}'>x</a>"
            "<a href='{{ context.url }}'>y</a>"
        ),
        "https://{{...}}",
    ),
    "never_renders": Case(html("{{ 1 / 0 }}"), EN, says="line 1: a division by zero"),
    "end_passed": Case({"end": NOW}, "end", good={"end": NOW + DAY}),
    "mistaken_namespace": Case({"namespace": "mail"}, "namespace"),
    "namespace_without_address": Case(
        {"namespace": "crm", "createProfiles": True}, "namespace", good={"namespace": "crm"}
    ),
    "no_consent_of_new_profiles": Case(
        {"type": "marketing", "createProfiles": True, **html(OUT)}, "createProfiles"
    ),
    "profile_in_fast_lane": Case(
        html("{{ profile.x }}", lane="high-throughput"), f"{EN}.html", 1, html("{{ profile.x }}")
    ),
    "unknown_locale": Case(
        emails(en=email(), xq=email()), "channels.email.content.xq", good=emails(en=email(), sv_SE=email())
    ),
    "near_variable": Case(
        html("{{ context.order }}\n{{ context.order }}\n{{ context.ordr }}"),
        f"{EN}.html",
        3,
        html("{{ context.line1 }}{{ context.line2 }}{{ context.item }}{{ context.items }}{{ context.from }}"),
        "'context.ordr' is used only here, beside 'context.order'",
    ),
    "variable_in_some_contents": Case(
        emails(en=email("{{ context.x }}"), sv=email()),
        f"{EN}.html",
        1,
        emails(en=email("{{ context.x }}"), sv=email(text="{{ context.x }}")),
        "'context.x' is used in en, but not in sv",
    ),
    "treatment_without_content": Case(
        treated(a=(50, {}), b=(50, {"en": email()})), f"{TREATMENTS}.a.content"
    ),
    "weights_not_100": Case(
        treated(a=(50, {"en": email()}), b=(40, {"en": email()})),
        TREATMENTS,
        good=treated(a=(33.3, {"en": email()}), b=(33.3, {"en": email()}), c=(33.4, {"en": email()})),
        says="add up to 90",
    ),
    "rule_set_in_fast_lane": Case(
        {"ruleSet": "gentle", "lane": "high-throughput"}, "ruleSet", good=MARKETING | {"ruleSet": "gentle"}
    ),
    "unknown_rule_set": Case(MARKETING | {"ruleSet": "gentel"}, "ruleSet", says="did you mean gentle?"),
    "audience_in_fast_lane": Case(
        {"audience": "everybody", "lane": "high-throughput"}, "audience", good={"audience": "everybody"}
    ),
    "unknown_audience": Case({"audience": "evrybody"}, "audience", says="did you mean everybody?"),
    "rule_set_without_effect": Case({"ruleSet": "gentle"}, "ruleSet", good=MARKETING | {"ruleSet": "gentle"}),
    "different_treatments": Case(
        with_sms(treated(a=(50, {"en": email()}), b=(50, {"en": email()})), a=40, b=60),
        "channels.sms.treatments",
        good=with_sms(treated(a=(50, {"en": email()}), b=(50, {"en": email()})), a=50, b=50),
    ),
    "html_in_some_languages": Case(emails(en=email(), sv=email(None)), "channels.email.content.sv"),
    "html_without_text": Case(emails(en=email(text=None)), EN),
    "sms_segments": Case(
        sms("x" * 161),
        "channels.sms.content.en.text",
        good=sms("å" * 160),
        says="2 segments: GSM-7, 161 of 160",
    ),
    "long_subject": Case(
        emails(en=email(subject="x" * 79)), f"{EN}.subject", good=emails(en=email(subject="x" * 78))
    ),
    "large_html": Case(html("x" * 100_001), f"{EN}.html", good=html("x" * 100_000)),
    "large_push": Case(push("x" * 4_096), "channels.push.content.en", good=push("x" * 4_000)),
    "insecure_link": Case(html('\n<a href="http://acme.example">x</a>'), f"{EN}.html", 2, html(OUT)),
    "empty_link": Case(
        html('<a href="">x</a>'), f"{EN}.html", 1, html('<a name="x">x</a><a href="#top">y</a>')
    ),
    "no_unsubscribe_link": Case({"type": "marketing"}, EN, good={"type": "marketing", **html(OUT)}),
    "image_without_alt": Case(
        html("a\n<img src='https://a.example/a.png'>"),
        f"{EN}.html",
        2,
        html('<img alt="" src="https://a.example/a">x'),
    ),
    "unescaped_output": Case(
        html("<p class={{ context.x }}>x"),
        f"{EN}.html",
        1,
        html('<p class="{{ context.x }}">{{ context.x }}'),
        "the attribute class without quotes",
    ),
    "sample_fails": Case(
        html("{{ 1 / (context.x | length - 1) }}"), EN, good=html("{{ 1 / (context.x | length) }}")
    ),
}
OF_FILES = {"unreadable_file", "unknown_key", "invalid_value", "no_channel"}


def test_every_finding_has_a_campaign_that_causes_it() -> None:
    assert set(CASES) | OF_FILES == set(FINDINGS)


@pytest.mark.parametrize("code", CASES)
def test_a_campaign_causes_the_finding_at_its_place(code: str) -> None:
    case = CASES[code]
    [finding] = [finding for finding in reviewed(case.bad) if finding.code == code]
    assert (finding.path, finding.line) == (case.path, case.line)
    assert case.says in finding.sentence
    assert finding.fix
    if case.path.startswith("channels."):
        assert finding.channel == case.path.split(".")[1]


@pytest.mark.parametrize("code", CASES)
def test_a_campaign_that_nearly_does_it_does_not(code: str) -> None:
    assert code not in {finding.code for finding in reviewed(CASES[code].good)}


@pytest.mark.parametrize(
    "link",
    [
        "https://{{ context.host }}/",
        "https://acme.example{{ context.path }}",
        "https://{{ context.shop }}.acme.example/",
        "https://acme.example:{{ context.port }}/",
        "{{ context.scheme }}https://{{ context.host }}",
        "https:{{ context.host }}",
        "HTTPS:\\\\{{ context.host }}",
        "{{ 'https://' ~ context.host }}",
        "{{ 'https://' + context.host }}",
        "{{ 'https://%s/' | format(context.host) }}",
        "{% set start = 'https://' %}{{ start }}{{ context.host }}",
        "https://{% if context.a is defined %}{{ context.a }}{% endif %}/",
    ],
)
@pytest.mark.parametrize("part", ["html", "text"])
def test_no_value_decides_the_host_of_a_link(link: str, part: str) -> None:
    content = email(f'<a href="{link}">x</a>') if part == "html" else email(text=link)
    assert "personalised_host" in {finding.code for finding in reviewed(emails(en=content))}


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
        "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{% if context.x %}" * 200 + "{% endif %}" * 200,
        "{{ context" + ".a" * 20_000 + " }}",
        "{{ 9**9**9 }}",
        "<!--" * 50_000,
        "<a href='" * 30_000,
        "<" * 200_000,
        "</" * 100_000,
        "https:" * 40_000,
        "".join(f"{{{{ context.variable{'abcdefghij'[n % 10]}{n} }}}}" for n in range(5_000)),
    ],
    ids=range(12),
)
def test_a_hostile_template_ends_in_bounded_time(source: str) -> None:
    began = monotonic()
    findings = reviewed(emails(sv=email(source), de=email(source), en=email(source)))
    assert monotonic() - began < 60  # seconds; the bound is on work, and this machine may be slow
    assert any(finding.code for finding in findings)


def test_a_template_that_always_takes_too_long_is_an_error() -> None:
    loops = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}"
    [finding] = [each for each in reviewed(html(loops)) if each.severity == "error"]
    assert (finding.code, "too much work" in finding.sentence) == ("never_renders", True)


@pytest.mark.parametrize(
    ("text", "encoding", "number"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 153, "GSM-7", 3),  # the escaped euro sign is not parted
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("Å" * 160, "GSM-7", 1),
        ("ł" * 70, "UCS-2", 1),
        ("ł" * 71, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 66, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),  # 33 in each segment of 67 units
    ],
)
def test_segments_of_a_text_message(text: str, encoding: str, number: int) -> None:
    segments = count_segments(text)
    assert (segments.encoding, segments.number) == (encoding, number)


@given(st.text())
def test_a_text_never_has_fewer_segments_than_it_needs(text: str) -> None:
    segments = count_segments(text)
    room = 153 if segments.encoding == "GSM-7" else 67
    assert (
        (segments.number - 1) * (room - 1)
        < max(segments.length, 1)
        <= max(segments.number * room, segments.most_in_one)
    )


# --- files -------------------------------------------------------------------------------------------


def checked(tmp_path: Path, text: str) -> list[tuple[str, int | None, str]]:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return [(finding.code, finding.line, finding.path) for finding in check_file(path, NOW).findings]


SOUND = """\
id: c
title: C
type: transactional
namespace: email
channels:
  email:
    configuration: acme
    content:
      en:
        subject: Hello
        text: Hello
        html: |
          <p>Hello</p>
          {{ context.name }}
"""


def test_a_sound_file_has_no_findings_and_its_configuration_is_not_asked_for(tmp_path: Path) -> None:
    assert checked(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("title: C", "title: [", ("unreadable_file", 4, "")),
        ("channels:", "chanels:", ("unknown_key", 5, "")),
        ("subject:", "subjct:", ("unknown_key", 10, "channels.email.content.en")),
        ("title: C", "title: C\nstart: tomorrow", ("invalid_value", 3, "start")),
        ("{{ context.name }}", "{{ name }}", ("unknown_root", 14, "channels.email.content.en.html")),
        (
            "subject: Hello",
            'subject: "{{ name }}"',
            ("unknown_root", 10, "channels.email.content.en.subject"),
        ),
        ("      en:", "      sv:", ("no_default_content", 8, "channels.email.content")),
    ],
)
def test_a_finding_in_a_file_has_its_line(
    tmp_path: Path, before: str, after: str, finding: tuple[str, int, str]
) -> None:
    assert finding in checked(tmp_path, SOUND.replace(before, after))


def test_a_file_without_a_channel(tmp_path: Path) -> None:
    text = yaml.safe_dump(yaml.safe_load(SOUND) | {"channels": {}})
    assert [code for code, _, _ in checked(tmp_path, text)] == ["no_channel"]
    without = {key: value for key, value in yaml.safe_load(SOUND).items() if key != "channels"}
    assert [code for code, _, _ in checked(tmp_path, yaml.safe_dump(without))] == ["no_channel"]
