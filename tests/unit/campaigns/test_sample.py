from typing import Any

import orjson
import pytest

from config import SAMPLES
from consumer.campaigns.files import read_campaign, read_channels
from consumer.campaigns.sample import sample_trigger
from consumer.rules.campaign import build_campaign
from consumer.template.render import Rendered, render
from schemas.campaign import CampaignFile
from schemas.json import merge
from schemas.trigger import Trigger, read_trigger

CAMPAIGNS = sorted((SAMPLES / "campaigns").glob("*.yaml"))


def campaign(html: str, **fields: Any) -> CampaignFile:
    email = {"configuration": "acme", "content": {"en": {"subject": "Hello", "html": html}}}
    written = {
        "id": "c",
        "title": "C",
        "type": "transactional",
        "namespace": "email",
        "channels": {"email": email},
    }
    return CampaignFile.model_validate(written | fields)


def recipient(file: CampaignFile) -> dict[str, Any]:
    trigger: Any = sample_trigger(file)
    return dict(trigger["recipients"][0])


def test_a_variable_becomes_its_own_name() -> None:
    assert recipient(campaign("{{ context.order.id }}"))["context"] == {"order": {"id": "id"}}


def test_what_the_campaign_gives_is_given_as_it_is_there() -> None:
    file = campaign(
        "{{ context.brand }} {{ context.order.id }}", context={"brand": "Acme", "order": {"x": "1"}}
    )
    assert recipient(file)["context"] == {"brand": "Acme", "order": {"id": "id"}}


def test_the_sample_is_a_trigger() -> None:
    assert isinstance(read_trigger(orjson.dumps(sample_trigger(campaign("{{ context.x }}")))), Trigger)


def test_a_list_that_is_looped_over_gets_one_item() -> None:
    notes = "{% for note in line.notes %}{{ note }}{% endfor %}"
    html = "{% for line in context.order.lines %}{{ line.sku }}" + notes + "{% endfor %}"
    lines = [{"sku": "sku", "notes": ["notes"]}]
    assert recipient(campaign(html))["context"] == {"order": {"lines": lines}}


def test_a_key_in_brackets_is_understood() -> None:
    html = "{{ context['unit price'] }} {{ context.prices[0].amount }}"
    assert recipient(campaign(html))["context"] == {
        "prices": [{"amount": "amount"}],
        "unit price": "unit price",
    }


def test_a_template_that_does_not_compile_is_left_to_the_review() -> None:
    assert "context" not in recipient(campaign("{{ context.x"))


def test_a_profile_is_given_only_where_none_is_stored() -> None:
    html = "{{ profile.person.name }}"
    person = {"person": {"name": "name"}}
    assert "profile" not in recipient(campaign(html))
    assert recipient(campaign(html, createProfiles=True))["profile"] == person
    fast = recipient(campaign(html, lane="high-throughput"))
    assert (fast["type"], fast["profile"]) == ("external", person)


def test_an_address_is_given_unless_the_user_id_is_one() -> None:
    assert "channelData" not in recipient(campaign("x"))
    assert recipient(campaign("x", namespace="crm"))["channelData"] == {"emailAddress": "alice@example.com"}


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_the_sample_of_a_sample_campaign_renders(path: Any) -> None:
    file = read_campaign(path)
    built = build_campaign(1, file, read_channels(SAMPLES / "channels.yaml"))
    sample = recipient(file)
    variables = {
        "context": merge(built.context, sample.get("context", {})),
        "profile": sample.get("profile", {}),
        "recipient": {"namespace": sample["namespace"], "userId": sample["userId"]},
    }
    for channel in built.channels:
        for content in channel.contents.values():
            assert isinstance(render(content.message, variables, max_bytes=1_000_000), Rendered)
