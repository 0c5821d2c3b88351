"""What the demo's installation holds: the samples of config/, and a little that only the story needs."""

from datetime import timedelta
from typing import Final

from config import SAMPLES
from consumer.campaigns import lifecycle
from consumer.campaigns.configurations import apply_configurations
from consumer.campaigns.files import read_campaign, read_channels
from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line, read_lines
from consumer.rules.address_keys import entry_keys
from consumer.store.database import Database
from consumer.store.suppressions import SuppressionReason, add_suppression
from schemas.channel import Channel

BEING_WRITTEN: Final = "autumn-sale"
STOPPED: Final = "winter-sale"
ONE_SECOND_CODE: Final = "one-second-code"
CODE_LIVES: Final = timedelta(seconds=1)

_SUPPRESSED: Final = {
    "farid@example.com": SuppressionReason.UNSUBSCRIBE,
    "greta@example.com": SuppressionReason.BOUNCE,
}


async def load_samples(database: Database) -> None:
    """Fill an empty database."""
    await apply_configurations(database, read_channels(SAMPLES / "channels.yaml"))
    await _apply_campaigns(database)
    await _import_profiles(database)
    async with database.transaction() as connection:
        for address, reason in _SUPPRESSED.items():
            [key] = entry_keys(Channel.EMAIL, address, None)
            await add_suppression(connection, Channel.EMAIL, key, reason)


async def _apply_campaigns(database: Database) -> None:
    files = {path.stem: read_campaign(path) for path in sorted((SAMPLES / "campaigns").glob("*.yaml"))}
    sale, code = files["summer-sale"], files["one-time-code"]
    live = [
        *files.values(),
        sale.model_copy(update={"id": STOPPED, "title": "Winter sale"}),
        code.model_copy(update={"id": ONE_SECOND_CODE, "max_age": CODE_LIVES}),
    ]
    for file in live:
        await lifecycle.apply(database, file, activate=True)
    await lifecycle.stop(database, STOPPED)
    draft = sale.model_copy(update={"id": BEING_WRITTEN, "title": "Autumn sale"})
    await lifecycle.apply(database, draft)


async def _import_profiles(database: Database) -> None:
    with (SAMPLES / "profiles.jsonl").open("rb") as stream:
        lines = [line for line in read_lines(stream) if isinstance(line, Line)]
    await import_lines(database, lines)
