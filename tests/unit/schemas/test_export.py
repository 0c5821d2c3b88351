import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from cli.schemas import app
from config import SAMPLES
from consumer.kafka.topics import LANES, Topics
from schemas import dead_letter
from schemas.channel import Channel
from schemas.examples import EXAMPLES, TRIGGER
from schemas.export import documents, export
from schemas.json import JsonObject
from schemas.trigger import Trigger, read_trigger

KEPT = Path(__file__).parents[3] / "docs" / "schemas"
DOCUMENTS = dict(documents())
NAMES = [path.removesuffix(".json") for path in DOCUMENTS if path.endswith(".json")]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads(DOCUMENTS[f"{name}.json"])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(DOCUMENTS["asyncapi.yaml"])
    return document


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)


# In the shapes of the samples that Adobe publishes for its Interactive Message Execution API.
AJO_TRIGGERS: list[JsonObject] = [
    {
        "requestId": "3126743632163793",
        "campaignId": "10e2583b-4d1d-4b57-bd6e-fdc79405d67d",
        "recipients": [{"type": "aep", "namespace": "phone", "userId": "1234567890"}],
    },
    {
        "requestId": "request-12345",
        "campaignId": "campaign-12345",
        "recipients": [
            {
                "type": "aep",
                "userId": "AEP-ProfileID-12345",
                "namespace": "email",
                "channelData": {"emailAddress": "customer@example.com", "mobilePhoneNumber": "111-111-1111"},
                "profile": {"person": {"name": {"firstName": "Jane", "lastName": "Doe"}}},
                "context": {"product": "Gaming Laptop"},
            }
        ],
    },
    {
        "requestId": "3126743632163793",
        "campaignId": "10e2583b-4d1d-4b57-bd6e-fdc79405d67d",
        "recipients": [
            {
                "type": "aep",
                "namespace": "ecid",
                "userId": "12345678901234567890123456789493505531",
                "channelData": {"pushInfo": {"appID": "app", "platform": "apns", "token": "token"}},
            },
            {
                "type": "aep",
                "namespace": "email",
                "userId": "test@example.com",
                "mergePolicyName": "DefaultTimeBased",
                "mergePolicySchema": "_xdm.context.profile",
            },
        ],
    },
]


def test_the_kept_files_are_up_to_date() -> None:
    """`clarion schemas export docs/schemas` fixes it; a file no longer exported is to be removed."""
    kept = {str(path.relative_to(KEPT)): path.read_text() for path in KEPT.rglob("*") if path.is_file()}
    assert kept == DOCUMENTS


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_valid(name: str) -> None:
    validator(name).validate(EXAMPLES[name])


@pytest.mark.parametrize("trigger", AJO_TRIGGERS)
def test_a_trigger_as_adobe_publishes_it_is_valid(trigger: JsonObject) -> None:
    validator("trigger/1").validate(trigger)
    assert isinstance(read_trigger(json.dumps(trigger).encode()), Trigger)


@pytest.mark.parametrize(
    "fault",
    [
        {"requestId": ""},
        {"requestId": "a\x00b"},
        {"campaignId": "a:b"},
        {"recipients": []},
        {"recipients": "x"},
        {"recipients": [{"namespace": "email", "userId": 7}]},
        {"recipients": [{"namespace": "email", "userId": str(n)} for n in range(21)]},
        {"recipients": [{"namespace": "email", "userId": "x", "type": "other"}]},
    ],
)
def test_a_trigger_that_the_consumer_refuses_is_not_valid(fault: JsonObject) -> None:
    trigger = TRIGGER | fault
    assert not validator("trigger/1").is_valid(trigger)
    assert not isinstance(read_trigger(json.dumps(trigger).encode()), Trigger)


@pytest.mark.parametrize("channel", Channel)
def test_a_delivery_may_gain_fields_but_lose_none(channel: Channel) -> None:
    name = f"delivery.{channel}/1"
    delivery = dict(_example(name))
    validator(name).validate(delivery | {"addedLater": 1})
    del delivery["deliveryId"]
    assert not validator(name).is_valid(delivery)


def test_a_delivery_is_of_its_own_channel_only() -> None:
    assert not validator("delivery.sms/1").is_valid(_example("delivery.email/1"))


def _example(name: str) -> JsonObject:
    example = EXAMPLES[name]
    assert isinstance(example, dict)
    return example


def test_the_sample_files_are_valid() -> None:
    for path in (SAMPLES / "campaigns").glob("*.yaml"):
        # As JSON: YAML reads a date as a date.
        validator("campaign/1").validate(
            json.loads(json.dumps(yaml.safe_load(path.read_text()), default=datetime.isoformat))
        )
    validator("channel-configurations/1").validate(yaml.safe_load((SAMPLES / "channels.yaml").read_text()))
    for line in (SAMPLES / "profiles.jsonl").read_text().splitlines():
        validator("profile-line/1").validate(json.loads(line))


def test_a_campaign_with_a_misspelt_field_or_locale_is_not_valid() -> None:
    campaign = _example("campaign/1")
    misspelt: JsonObject = {"configuration": "acme-sms", "content": {"en!": {"text": "x"}}}
    assert not validator("campaign/1").is_valid(campaign | {"defaultLocal": "en"})
    assert not validator("campaign/1").is_valid(campaign | {"channels": {"sms": misspelt}})


def test_every_header_of_a_dead_letter_is_described() -> None:
    described = json.loads(DOCUMENTS["dead-letter.headers/1.json"])["properties"]
    constants = {value for name, value in vars(dead_letter).items() if name.isupper()}
    assert set(described) == constants - {dead_letter.PREFIX, dead_letter.SCHEMA}


def test_asyncapi_has_every_topic() -> None:
    topics = Topics("clarion.")
    parameter = asyncapi()["components"]["parameters"]["prefix"]
    addresses = {
        channel["address"].format(prefix=parameter["default"]) for channel in asyncapi()["channels"].values()
    }
    lanes = {topics.triggers(lane) for lane in LANES}
    feedback = {topics.feedback, topics.feedback_invalid}
    assert addresses == {*lanes, *topics.written_by_the_consumer(), topics.resolutions, *feedback}


def test_asyncapi_refers_only_to_what_is_there() -> None:
    for reference in references(asyncapi()):
        if reference.startswith("./"):
            assert reference.removeprefix("./") in DOCUMENTS
            continue
        node: Any = asyncapi()
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_asyncapi_has_the_structure_of_version_3() -> None:
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        assert channel["messages"]
        assert set(channel["parameters"]) == {"prefix"}


def test_the_command_writes_every_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(tmp_path / "new")])
    assert result.exit_code == 0
    written = {str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*.*")}
    assert {path for path in written if not (tmp_path / "new" / path).is_dir()} == set(DOCUMENTS)


def test_the_command_tells_in_a_sentence_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(app, ["export", str(tmp_path / "file")])
    assert result.exit_code == 1
    assert result.stderr.startswith("Cannot write to ")


def test_an_export_over_an_older_one_replaces_it(tmp_path: Path) -> None:
    (path, *_) = export(tmp_path)
    path.write_text("old")
    export(tmp_path)
    assert path.read_text() == DOCUMENTS[str(path.relative_to(tmp_path))]
