"""Builders for what the registry holds, with good defaults."""

from typing import Any

from consumer.campaigns import lifecycle
from consumer.campaigns.configurations import apply_configurations
from consumer.store.database import Database
from schemas.campaign import CampaignFile, ChannelConfiguration, ChannelsFile


def campaign(id_: str = "hello", subject: str = "Hello", **fields: Any) -> CampaignFile:
    content = {"en": {"subject": subject, "text": "Hello"}}
    written = {
        "id": id_,
        "title": "Hello",
        "type": "transactional",
        "namespace": "email",
        "channels": {"email": {"configuration": "acme", "content": content}},
    }
    return CampaignFile.model_validate(written | fields)


def configurations(sender: str = "a@acme.example", name: str = "acme") -> dict[str, ChannelConfiguration]:
    return ChannelsFile.validate_python({name: {"channel": "email", "from": sender}})


async def go_live(database: Database, *files: CampaignFile) -> None:
    await apply_configurations(database, configurations())
    for file in files or (campaign(),):
        await lifecycle.apply(database, file, activate=True)
