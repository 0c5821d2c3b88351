"""What AJO's documentation tells clients to send becomes deliveries, unchanged."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consumer.rules.campaign import Campaign
from consumer.rules.decide import compose, judge_channels, judge_identity, judge_trigger
from consumer.rules.outcome import UNKNOWN, Candidate, Delivery
from schemas.trigger import Trigger, read_trigger
from tests.ajo import SAMPLES
from tests.builders import CHANNELS, live

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PRODUCT = "{{ context.product.name }} {{ context.offerCode }}"
NAMED = "{{ profile.person.name.firstName }} {{ context.product }}"

EXPECTED: dict[str, tuple[str, str, list[tuple[Any, str]]]] = {
    "example-1": ("sms", "Hello", [("1234567890", "Hello")]),
    "example-2": (
        "sms",
        PRODUCT,
        [("1234567890", "Jackets THANKSGIVING"), ("0921234567", "Jackets THANKSGIVING")],
    ),
    "example-3": (
        "push",
        "Hello",
        [({"token": "#token#", "platform": "#platform#", "appId": "#appId#"}, "Hello")],
    ),
    # The inline profile's address, and channelData before it.
    "example-4": ("email", PRODUCT, [("ajo_im@gmail.com", "Jackets THANKSGIVING")]),
    "example-5": ("email", PRODUCT, [("test123@gmail.com", "Jackets THANKSGIVING")]),
    "example-6": ("email", "Hello", [("test123@gmail.com", "Hello")]),
    "unitary": ("email", NAMED, [("customer123@example.com", "Jane Gaming Laptop")]),
    "high-throughput": ("email", NAMED, [("customer123@example.com", "Jane Gaming Laptop")]),
}
PARTS = {"email": ("subject", "text"), "sms": ("text",), "push": ("title", "body")}
CONFIGURATIONS = {configured["channel"]: name for name, configured in CHANNELS.items()}
NAMESPACES = {"email": "email", "sms": "phone", "push": "ecid"}


def campaign(channel: str, text: str, **changes: Any) -> Campaign:
    content = {"en": dict.fromkeys(PARTS[channel], text)}
    channels = {channel: {"configuration": CONFIGURATIONS[channel], "content": content}}
    return live(namespace=NAMESPACES[channel], channels=channels, **changes)


def delivered(campaign: Campaign, trigger: Trigger) -> list[Delivery]:
    deliveries = []
    for recipient in trigger.recipients:
        assert judge_identity(campaign, recipient, None) is None
        for candidate in judge_channels(campaign, recipient, UNKNOWN):
            assert isinstance(candidate, Candidate), candidate
            made = compose(campaign, trigger.execution_id, candidate, ())
            assert isinstance(made, Delivery), made
            deliveries.append(made)
    return deliveries


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_published_sample_works_unchanged(path: Path) -> None:
    channel, text, expected = EXPECTED[path.stem]
    trigger = read_trigger(path.read_bytes())
    assert isinstance(trigger, Trigger), trigger
    lane = "high-throughput" if path.stem == "high-throughput" else "unitary"
    changes: dict[str, Any] = {"id": trigger.campaign_id, "lane": lane, "createProfiles": lane == "unitary"}
    live_version = campaign(channel, text, **changes)
    assert judge_trigger(trigger, live_version, lane=lane, received_at=NOW, now=NOW) is live_version
    made = delivered(live_version, trigger)
    assert [(each.address, each.content[PARTS[channel][0]]) for each in made] == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_samples_namespace_may_be_spelled_in_capitals(path: Path) -> None:
    sample = json.loads(path.read_text())
    for recipient in sample["recipients"]:
        recipient["namespace"] = recipient["namespace"].upper()
    trigger, written = read_trigger(json.dumps(sample).encode()), read_trigger(path.read_bytes())
    assert trigger == written
