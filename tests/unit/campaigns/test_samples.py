from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, meta, nodes

from config import SAMPLES
from consumer.rules.campaign import build_campaign
from consumer.template.render import Rendered, render
from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile
from schemas.content import contents
from schemas.json import JsonObject, merge
from schemas.profile import ProfileLine

CAMPAIGNS = sorted((SAMPLES / "campaigns").glob("*.yaml"))
BEYOND_THE_LANGUAGE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Macro, nodes.Block, nodes.Extends)
# What a trigger must give, and nothing that a template has a default for.
CONTEXTS: dict[str, JsonObject] = {
    "password-reset": {"resetUrl": "https://acme.example/reset/8c1f"},
    "one-time-code": {"code": "493817"},
    "order-shipped": {
        "order": {"id": "42", "total": 19.9, "lines": [{"count": 1, "name": "Jacket", "price": 19.9}]}
    },
    "flight-delay": {
        "flight": {"number": "AC123", "from": "Stockholm", "to": "Lisbon", "departure": "14:35"}
    },
}
GENEROUS: JsonObject = {
    "products": [{"name": "Jacket", "price": "EUR 49.90"}],
    "flight": {"gate": "B7"},
    "advice": "Lunch is on us.",
}


def campaign(name: str) -> CampaignFile:
    return read(SAMPLES / "campaigns" / f"{name}.yaml")


def read(path: Path) -> CampaignFile:
    return CampaignFile.model_validate(yaml.safe_load(path.read_text()))


def configurations() -> dict[str, ChannelConfiguration]:
    return ChannelsFile.validate_python(yaml.safe_load((SAMPLES / "channels.yaml").read_text()))


def profiles() -> list[ProfileLine]:
    lines = (SAMPLES / "profiles.jsonl").read_text().splitlines()
    return [ProfileLine.model_validate_json(line) for line in lines]


def sources(file: CampaignFile) -> list[str]:
    return [
        source
        for settings in file.channels.used().values()
        for content in contents(settings).values()
        for templates in content.values()
        for written in templates.model_dump(exclude_none=True).values()
        for source in (written.values() if isinstance(written, dict) else [written])
    ]


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_campaign_is_valid_and_named_as_its_file(path: Path) -> None:
    assert read(path).id == path.stem


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_campaign_names_configurations_of_its_channels(path: Path) -> None:
    known = configurations()
    for channel, settings in read(path).channels.used().items():
        assert known[settings.configuration].channel is channel


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_template_stays_within_the_language(path: Path) -> None:
    for source in sources(read(path)):
        parsed = Environment(autoescape=True).parse(source)
        assert not list(parsed.find_all(BEYOND_THE_LANGUAGE))
        assert meta.find_undeclared_variables(parsed) <= {"context", "profile", "recipient"}


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_campaign_has_content_in_its_default_locale(path: Path) -> None:
    file = read(path)
    for settings in file.channels.used().values():
        assert all(file.default_locale in content for content in contents(settings).values())


@pytest.mark.parametrize("profile", [{}, {"person": {"name": {"firstName": "Alice"}}}], ids=["new", "known"])
@pytest.mark.parametrize("more", [{}, GENEROUS], ids=["required", "everything"])
@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_a_sample_message_renders(path: Path, more: JsonObject, profile: JsonObject) -> None:
    campaign = build_campaign(1, read(path), configurations())
    context = merge(merge(campaign.context, more), CONTEXTS.get(campaign.id, {}))
    recipient = {"namespace": campaign.namespace, "userId": "x"}
    variables = {"context": context, "profile": profile, "recipient": recipient}
    for channel in campaign.channels:
        for content in channel.contents.values():
            rendered = render(content.message, variables, max_bytes=100_000)
            assert isinstance(rendered, Rendered), rendered


def test_the_samples_show_an_open_a_past_and_a_future_window() -> None:
    now = datetime.now(UTC)
    open_, past, future = (campaign(name) for name in ("summer-sale", "spring-sale-2024", "store-opening"))
    assert open_.start is not None
    assert open_.end is not None
    assert open_.start <= now < open_.end
    assert past.end is not None
    assert past.end <= now
    assert future.start is not None
    assert now < future.start


def test_the_sample_people_have_distinct_identities() -> None:
    identities = [(each.namespace, each.id) for line in profiles() for each in line.identities]
    assert len(identities) == len(set(identities))


def test_some_sample_people_asked_for_the_newsletter_and_some_did_not() -> None:
    consents = [line.consents.marketing.get("email") for line in profiles()]
    values = {consent.val if consent else None for consent in consents}
    assert values == {"y", "n", None}
