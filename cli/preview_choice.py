"""What is previewed, explained or proofed: the options, and what they choose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.exit_codes import USAGE
from cli.output import fail
from config.settings import Settings
from consumer.kafka.topics import Topics
from consumer.preview.choice import Chosen, choose
from consumer.preview.people import read_people, sample_for
from consumer.rules.policy import Policy
from consumer.store.database import Database
from schemas.campaign import CampaignFile
from schemas.json import JsonObject

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
VersionOption = Annotated[
    str | None,
    typer.Option(metavar="N|draft|live", help="Which version.", show_default="the draft, else the current"),
]
TriggerOption = Annotated[
    Path | None,
    typer.Option(
        "--trigger",
        metavar="FILE",
        help="A trigger, or up to 100 people as CSV or JSON Lines. Default: the sample.",
    ),
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAMESPACE:ID", help="A stored profile, with the sample.")
]
LocaleOption = Annotated[str | None, typer.Option(metavar="TAG", help="In this language, such as sv.")]
TreatmentOption = Annotated[str | None, typer.Option(metavar="NAME", help="With this treatment.")]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is tried, and for whom."""

    campaign_id: str
    version: str | None
    trigger: Path | None = None
    profile: str | None = None
    locale: str | None = None
    treatment: str | None = None

    async def prepare(self, database: Database, settings: Settings) -> Chosen:
        return await choose(
            database,
            self.campaign_id,
            self.version,
            topics=Topics(settings.topic_prefix),
            policy=Policy(settings.consent_default, settings.phone_region),
            treatment=self.treatment,
        )

    def triggers(self, file: CampaignFile) -> list[JsonObject]:
        if self.trigger is None:
            return [sample_for(file, self.profile, self.locale)]
        try:
            content = self.trigger.read_bytes()
        except OSError as error:
            fail(f"{self.trigger}: {error.strerror}", USAGE)
        return read_people(file, self.trigger.name, content, self.locale)
