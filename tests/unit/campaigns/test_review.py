from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consumer.campaigns.errors import Finding
from consumer.campaigns.review import review
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CONFIGURATIONS = {
    "acme": ChannelConfiguration(channel=Channel.EMAIL),
    "acme-sms": ChannelConfiguration(channel=Channel.SMS),
}
UNSUBSCRIBE = '<p><a href="https://acme.example/out">Unsubscribe</a></p>'


def campaign(subject: str = "Hello", html: str = "<p>Hello</p>", **fields: Any) -> CampaignFile:
    email = {"configuration": "acme", "content": {"en": {"subject": subject, "html": html, "text": "Hello"}}}
    written = {
        "id": "c",
        "title": "C",
        "type": "transactional",
        "namespace": "email",
        "channels": {"email": email},
    }
    return CampaignFile.model_validate(written | fields)


def findings(file: CampaignFile) -> list[tuple[str, str]]:
    return [(finding.severity, finding.path) for finding in review(file, CONFIGURATIONS, NOW)]


def with_content(content: dict[str, dict[str, str]], configuration: str = "acme") -> dict[str, Any]:
    return {"email": {"configuration": configuration, "content": content}}


def test_a_sound_campaign_has_no_findings() -> None:
    assert findings(campaign("{{ context.x }} {{ profile.a.b }}", "{{ recipient.userId }}")) == []


def test_a_template_that_does_not_compile_is_an_error_at_its_place() -> None:
    assert findings(campaign("{{ context.x")) == [("error", "channels.email.content.en.subject")]


def test_a_variable_with_another_root_is_an_error_that_names_the_mend() -> None:
    [finding] = review(campaign(html="{{ resetUrl }}"), CONFIGURATIONS, NOW)
    assert (finding.severity, finding.path) == ("error", "channels.email.content.en.html")
    assert "context.resetUrl" in finding.sentence


def test_a_recipient_has_only_namespace_and_user_id() -> None:
    assert findings(campaign("{{ recipient.email }}")) == [("error", "channels.email.content.en.subject")]


def test_the_reserved_context_is_an_error_in_templates_and_in_the_defaults() -> None:
    assert findings(campaign("{{ context.system.x }}")) == [("error", "channels.email.content.en.subject")]
    assert findings(campaign(context={"system": 1})) == [("error", "context.system")]


def test_a_channel_configuration_must_exist() -> None:
    channels = with_content({"en": {"subject": "a", "text": "b"}}, configuration="nope")
    assert findings(campaign(channels=channels)) == [("error", "channels.email.configuration")]


def test_a_channel_configuration_must_be_for_that_channel() -> None:
    channels = with_content({"en": {"subject": "a", "text": "b"}}, configuration="acme-sms")
    assert findings(campaign(channels=channels)) == [("error", "channels.email.configuration")]


def test_the_default_locale_must_have_content() -> None:
    channels = with_content({"sv": {"subject": "a", "text": "b"}})
    assert findings(campaign(channels=channels)) == [("error", "channels.email.content")]


def test_the_default_locale_is_found_in_another_spelling() -> None:
    channels = with_content({"en_GB": {"subject": "a", "text": "b"}})
    assert findings(campaign(channels=channels, defaultLocale="en-gb")) == []


def test_a_locale_in_two_spellings_is_an_error() -> None:
    content = {"subject": "a", "text": "b"}
    channels = with_content({"en": content, "en-GB": content, "en_gb": content})
    assert findings(campaign(channels=channels)) == [("error", "channels.email.content.en_gb")]


def test_the_end_must_come_after_the_start() -> None:
    assert findings(campaign(start=NOW, end=NOW)) == [("error", "end")]


def test_an_end_that_has_passed_is_a_warning() -> None:
    assert findings(campaign(end=NOW)) == [("warning", "end")]
    assert findings(campaign(end=NOW + timedelta(seconds=1))) == []


def test_the_high_throughput_lane_is_for_transactional_campaigns_without_profiles() -> None:
    marketing = campaign(html=UNSUBSCRIBE, lane="high-throughput", type="marketing")
    creating = campaign(lane="high-throughput", createProfiles=True)
    assert findings(marketing) == [("error", "lane")]
    assert findings(creating) == [("error", "createProfiles")]
    assert findings(campaign("{{ profile.x }}", lane="high-throughput")) == [
        ("warning", "channels.email.content.en.subject")
    ]


def test_marketing_to_profiles_just_created_is_a_warning() -> None:
    assert findings(campaign(html=UNSUBSCRIBE, type="marketing", createProfiles=True)) == [
        ("warning", "createProfiles")
    ]


def test_errors_come_first() -> None:
    found = review(campaign("{{ x }}", end=NOW), CONFIGURATIONS, NOW)
    assert [finding.severity for finding in found] == ["error", "warning"]
    assert isinstance(found[0], Finding)


@pytest.mark.parametrize(("namespace", "meant"), [("mail", "email"), ("SMS", "phone"), ("push", "ecid")])
def test_a_namespace_that_is_a_channels_in_other_words_is_remarked(namespace: str, meant: str) -> None:
    [finding] = review(campaign(namespace=namespace), CONFIGURATIONS, NOW)
    assert (finding.severity, finding.path) == ("warning", "namespace")
    assert f"'{meant}'" in finding.sentence


@pytest.mark.parametrize("without_profiles", [{"createProfiles": True}, {"lane": "high-throughput"}])
def test_a_namespace_that_gives_no_channel_an_address_is_remarked(without_profiles: dict[str, Any]) -> None:
    assert findings(campaign(namespace="crm", **without_profiles)) == [("warning", "namespace")]
    assert findings(campaign(namespace="phone", **without_profiles)) == [("warning", "namespace")]
    assert findings(campaign(namespace="Email", **without_profiles)) == []


def test_a_custom_namespace_of_stored_profiles_is_fine() -> None:
    assert findings(campaign(namespace="crm")) == []


def with_treatments(*weights: float, **fields: Any) -> CampaignFile:
    content = {"en": {"subject": "Hello", "text": "Hello"}}
    treatments = {f"t{n}": {"weight": weight, "content": content} for n, weight in enumerate(weights)}
    email = {"configuration": "acme", "treatments": treatments}
    return campaign(**{"experiment": {"name": "x"}, "channels": {"email": email}, **fields})


def test_the_weights_of_treatments_add_up_to_100() -> None:
    assert findings(with_treatments(33.3, 33.3, 33.4)) == []
    [finding] = review(with_treatments(50, 40), CONFIGURATIONS, NOW)
    assert (finding.severity, finding.path) == ("error", "channels.email.treatments")
    assert "add up to 90" in finding.sentence


def test_a_treatment_without_content_is_an_error() -> None:
    file = with_treatments(50, 50)
    emptied = {"a": {"weight": 50}, "b": file.model_dump()["channels"]["email"]["treatments"]["t0"]}
    file = campaign(
        experiment={"name": "x"}, channels={"email": {"configuration": "acme", "treatments": emptied}}
    )
    assert findings(file) == [("error", "channels.email.treatments.a.content")]


def test_treatments_have_content_in_the_default_locale() -> None:
    file = with_treatments(50, 50, defaultLocale="sv")
    assert findings(file) == [("error", f"channels.email.treatments.t{n}.content") for n in range(2)]


def test_all_channels_have_the_same_treatments() -> None:
    email = with_treatments(50, 50).model_dump()["channels"]["email"]
    texts = {f"t{n}": {"weight": w, "content": {"en": {"text": "Hello"}}} for n, w in enumerate((40, 60))}
    sms = {"configuration": "acme-sms", "treatments": texts}
    file = campaign(experiment={"name": "x"}, channels={"email": email, "sms": sms})
    assert findings(file) == [("error", "channels.sms.treatments")]


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"experiment": None}, "treatments need `experiment`"),
        ({"experiment": {"name": "x", "holdout": 100}}, "less than 100"),
        ({"experiment": {"name": "x", "metric": "guesses"}}, "'opens', 'clicks' or 'conversions'"),
        ({"channels": {"email": {"configuration": "acme"}}}, "either content or treatments"),
        ({"guard": {"over": 5}}, "bounceRate, complaintRate or both"),
        ({"guard": {"bounceRate": 5}}, "write a percentage"),
        ({"guard": {"bounceRate": "0%"}}, "write a percentage"),
    ],
)
def test_an_experiment_or_guard_that_cannot_work_is_refused(fields: dict[str, Any], mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        with_treatments(50, 50, **fields)


def test_a_guard_is_kept_as_it_is_written() -> None:
    guard = {"bounceRate": "5%", "complaintRate": "0.3%", "over": 500}
    assert campaign(guard=guard).definition()["guard"] == guard
