"""`clarion campaigns show`: one version of a campaign, as a file that can be applied again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.as_yaml import as_yaml
from cli.database import with_database
from cli.output import JsonOption, print_json, shown
from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.status import draft_beside, status
from consumer.store.campaigns import StoredCampaign, Version, find_version
from consumer.store.database import Connection, Database
from schemas.json import JsonObject
from schemas.whole_numbers import INT32_MAX


def show(
    campaign_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=INT32_MAX, help="Another version than the current.")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show a version (the live one, else the draft, else the last) as a file that can be applied again."""

    async def find(database: Database) -> Shown:
        async with database.connection() as connection:
            return await _find(connection, campaign_id, version)

    found = with_database(find)
    if json:
        print_json(found.document())
    else:
        typer.echo(found.text(), nl=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a campaign."""

    campaign: StoredCampaign
    version: Version

    def document(self) -> dict[str, object]:
        return {
            "id": self.campaign.id,
            "status": status(self.campaign, datetime.now(UTC)),
            "draft": draft_beside(self.campaign),
            "createdAt": self.campaign.created_at,
            "archivedAt": self.campaign.archived_at,
            "version": self.version.number,
            "versionStatus": self.version.status,
            "versionCreatedAt": self.version.created_at,
            "activatedAt": self.version.activated_at,
            "stoppedAt": self.version.stopped_at,
            "definition": self._definition(),
        }

    def text(self) -> str:
        """YAML, which `clarion campaigns apply` reads again."""
        document = self.document()
        definition = document.pop("definition")
        head = "".join(f"# {name}: {shown(value)}\n" for name, value in document.items() if value is not None)
        return head + as_yaml(definition)

    def _definition(self) -> JsonObject:
        # PostgreSQL keeps no order of members; the file's own order is the schema's.
        file = lifecycle.read_definition(self.version)
        return file.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


async def _find(connection: Connection, campaign_id: str, number: int | None) -> Shown:
    """The version, or the current one. Raises LifecycleError when there is none."""
    campaign = await lifecycle.find(connection, campaign_id)
    if number is None:
        return Shown(campaign, campaign.current)
    if version := await find_version(connection, campaign_id, number):
        return Shown(campaign, version)
    raise LifecycleError(
        f"Campaign '{campaign_id}' has no version {number}; its last is {campaign.last.number}."
    )
