"""`clarion campaigns`: preview and explain."""

import tempfile
import webbrowser
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import preview_views as views
from cli.database import with_database
from cli.exit_codes import FAILED
from cli.output import JsonOption, fail, print_json
from cli.preview_choice import (
    CampaignId,
    Choice,
    LocaleOption,
    ProfileOption,
    TreatmentOption,
    TriggerOption,
    VersionOption,
)
from cli.settings import require
from config.loading import load_settings
from consumer.preview.explain import explain as explain_triggers
from consumer.preview.preview import Previewed
from consumer.preview.preview import preview as preview_triggers
from consumer.store.database import Database


def preview(
    campaign_id: CampaignId,
    *,
    version: VersionOption = None,
    trigger: TriggerOption = None,
    profile: ProfileOption = None,
    locale: LocaleOption = None,
    treatment: TreatmentOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the HTML goes.", show_default="a new folder")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the HTML in the browser.")] = False,
    json: JsonOption = False,
) -> None:
    """Render the messages by the code that sends them, and send nothing; HTML goes to files."""
    settings = require(load_settings(), "database_url")
    choice = Choice(campaign_id, version, trigger, profile, locale, treatment)

    async def run(database: Database) -> list[Previewed]:
        chosen = await choice.prepare(database, settings)
        return await preview_triggers(chosen.trial, choice.triggers(chosen.file), datetime.now(UTC))

    found = with_database(run)
    pages = _write_html(found, campaign_id, out)
    documents = [{**each.document(), "file": pages.get(number)} for number, each in enumerate(found)]
    if json:
        print_json(documents)
    else:
        typer.echo("\n\n".join(views.preview_text(document) for document in documents))
    if show:
        for page in pages.values():
            webbrowser.open(Path(page).resolve().as_uri())
    if any(each.message is None for each in found):
        raise typer.Exit(FAILED)


def _write_html(found: Sequence[Previewed], campaign_id: str, out: Path | None) -> dict[int, str]:
    """The files by the number of the message; a folder is made only if there is HTML."""
    texts = {number: html for number, each in enumerate(found) if (html := views.html_of(each))}
    if not texts:
        return {}
    try:
        folder = out or Path(tempfile.mkdtemp(prefix=f"clarion-preview-{campaign_id}-"))
        folder.mkdir(parents=True, exist_ok=True)
        pages = {number: folder / f"{campaign_id}-{number + 1}.html" for number in texts}
        for number, page in pages.items():
            page.write_text(texts[number], encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    return {number: str(page) for number, page in pages.items()}


def explain(
    campaign_id: CampaignId,
    *,
    version: VersionOption = None,
    trigger: TriggerOption = None,
    profile: ProfileOption = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data.")] = False,
    json: JsonOption = False,
) -> None:
    """Show each rule in order with its verdict, for a trigger that is not sent."""
    settings = require(load_settings(), "database_url")
    choice = Choice(campaign_id, version, trigger, profile)

    async def run(database: Database) -> list[dict[str, object]]:
        chosen = await choice.prepare(database, settings)
        triggers = choice.triggers(chosen.file)
        return await explain_triggers(chosen.trial, triggers, datetime.now(UTC), reveal=reveal)

    explained = with_database(run)
    if json:
        print_json(explained)
    else:
        typer.echo("\n\n".join(views.explained_text(each) for each in explained))
