"""What is recorded of replays and discards, in the audit: what was chosen, and never what letters hold."""

from collections.abc import Sequence

from consumer.audit.record import record
from consumer.dead_letters.choice import Choice
from consumer.replay.check import Order
from consumer.replay.outgoing import Run
from consumer.store.database import Connection
from schemas.delivery import timestamp
from schemas.place import LetterPlace


async def record_replay(connection: Connection, order: Order) -> None:
    after: dict[str, object] = {
        **_chosen(order.choice),
        "isEdited": order.edit is not None,
        "maxAttempts": order.max_attempts,
        "force": order.force,
    }
    await record(connection, "dead_letter.replay", order.run.run_id, after=after)


async def record_discard(connection: Connection, run: Run, at: Sequence[LetterPlace], note: str) -> None:
    after = {"at": list(map(str, at)), "note": note}
    await record(connection, "dead_letter.discard", run.run_id, after=after)


def _chosen(choice: Choice) -> dict[str, object]:
    chosen: dict[str, object] = {
        "reasons": sorted(choice.reasons),
        "campaigns": sorted(choice.campaigns),
        "requestIds": sorted(choice.request_ids),
        "since": choice.since and timestamp(choice.since),
        "until": choice.until and timestamp(choice.until),
        "at": [str(place) for place in sorted(choice.at)],
    }
    return {name: value for name, value in chosen.items() if value}
