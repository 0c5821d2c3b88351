"""docs/campaigns.md has every key of a campaign file, with its default and its bounds."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from consumer.campaigns import bounds
from consumer.campaigns.yaml_loader import FILE_BYTES_MAX, NODES_MAX
from consumer.rules.compose import CONTENT_BYTES_MAX
from schemas import content
from schemas.campaign import CampaignFile
from schemas.trigger_wire import CONTEXT_BYTES_MAX

PAGE = (Path(__file__).parents[3] / "docs" / "campaigns.md").read_text(encoding="utf-8")
ROWS = {
    key: (default, meaning)
    for key, default, meaning in re.findall(
        r"^\| `([\w.]+)` \| [^|]+ \| ([^|]+) \| ([^|]*)\|$", PAGE, re.MULTILINE
    )
}
CHANNELS: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "email": (content.EmailChannel, content.EmailTemplates),
    "sms": (content.SmsChannel, content.SmsTemplates),
    "push": (content.PushChannel, content.PushTemplates),
}


def _fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    return ((f"{path}{field.alias}", field) for field in model.model_fields.values())


def _keys() -> dict[str, FieldInfo]:
    keys = dict(_fields(CampaignFile))
    for name, (channel, templates) in CHANNELS.items():
        keys |= _fields(channel, f"channels.{name}.")
        keys |= _fields(templates, f"channels.{name}.content.LOCALE.")
    return keys


def test_the_page_has_every_key_in_the_order_of_the_schema() -> None:
    assert list(ROWS) == list(_keys())
    assert set(content.Channels.model_fields) == set(CHANNELS)


@pytest.mark.parametrize(("key", "field"), _keys().items())
def test_a_row_has_the_keys_default(key: str, field: FieldInfo) -> None:
    assert ROWS[key][0] == _spelled(field)


def _spelled(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.default:
        case None:
            return "none"
        case False:
            return "false"
        case "" | [] | {}:
            return "empty"
        case default:
            return f"`{default}`"


@pytest.mark.parametrize(
    ("key", "bound"),
    [
        ("description", bounds.DESCRIPTION_CHARACTERS_MAX),
        ("tags", bounds.TAGS_MAX),
        ("labels", bounds.TAGS_MAX),
        ("context", CONTEXT_BYTES_MAX),
        *((f"channels.{name}.content", bounds.LOCALES_MAX) for name in CHANNELS),
        ("channels.push.content.LOCALE.data", bounds.DATA_MAX),
        ("channels.push.content.LOCALE.data", bounds.NAME_CHARACTERS_MAX),
    ],
)
def test_a_row_has_the_keys_bound(key: str, bound: int) -> None:
    assert f"t most {bound:,}" in ROWS[key][1]


@pytest.mark.parametrize("bound", [CONTENT_BYTES_MAX, FILE_BYTES_MAX, NODES_MAX])
def test_the_page_has_the_bounds_of_all_that_is_rendered_and_of_a_file(bound: int) -> None:
    assert f"at most {bound:,} " in PAGE
