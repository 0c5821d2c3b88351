"""The chapter on dead letters: a cause is fixed, and what failed for it is replayed, once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from config import SAMPLES
from consumer.campaigns import lifecycle
from consumer.campaigns.files import read_campaign
from consumer.campaigns.registry import Registry
from consumer.dead_letters.choice import Choice
from consumer.kafka.cluster import Cluster
from consumer.replay.check import Order
from consumer.replay.outgoing import Run
from consumer.replay.release import Releaser
from demo.chronicle import Chronicle
from demo.screen import Screen
from demo.stage import Stage

OPENING: Final = "store-opening"
_OPENED: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def open_the_store(stage: Stage, screen: Screen) -> Sequence[str]:
    """The store opens today after all, and its early calls are released."""
    screen.heading("The store opens today after all")
    file = read_campaign(SAMPLES / "campaigns" / f"{OPENING}.yaml")
    opened = await lifecycle.apply(stage.database, file.model_copy(update={"start": _OPENED}), activate=True)
    screen.say(f"  Its start is moved: version {opened.version} of {OPENING} is live.")
    released = await _release(stage)
    screen.say(f"  clarion dead-letters release: {_calls(released)} released.")
    again = await _release(stage)
    screen.say(f"  The same once more: {_calls(again)} released, as each is replayed once.")
    chronicle = await stage.read_until(_has_delivered)
    delivered = _deliveries(chronicle)
    for delivery in delivered:
        screen.say(
            f"  delivered  email to {delivery['address']}: “{delivery['content']['subject']}”", "green"
        )
    if (released, again, len(delivered)) == (1, 0, 1):
        return []
    return [f"The early call was released {released} and {again} times and delivered {len(delivered)} times."]


async def _release(stage: Stage) -> int:
    """A releaser that remembers nothing of the one before, as each run of the command is."""
    order = Order(Choice(), Run(str(uuid4()), "the demo"))
    releaser = Releaser(Cluster.of(stage.settings), Registry(stage.database), order)
    return (await releaser.release()).replayed


def _calls(count: int) -> str:
    return f"{count or 'no'} early call{'' if count == 1 else 's'}"


def _has_delivered(chronicle: Chronicle) -> bool:
    return bool(_deliveries(chronicle))


def _deliveries(chronicle: Chronicle) -> list[dict[str, Any]]:
    return [delivery for delivery in chronicle.deliveries.values() if delivery["campaignId"] == OPENING]
