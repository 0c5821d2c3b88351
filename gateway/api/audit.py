"""The audit: who changed what."""

from typing import Final

from consumer.audit.entries import list_entries, row
from consumer.keys.key import Scope
from consumer.store.audit import AuditFilter
from gateway.api.kinds import NUMBER_CURSOR, WORDS
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import LIMIT, SINCE, Parameter
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, record

ENTRY: Final[Shape] = record(
    id=NUMBER,
    at=MOMENT,
    door=TEXT,
    by=TEXT,
    name=optional(TEXT),
    what=TEXT,
    subject=TEXT,
    before=optional(OBJECT),
    after=optional(OBJECT),
)


async def _list(call: Invocation) -> Answer:
    values = call.values
    wanted = AuditFilter(values["since"], values["by"], values["what"], values["subject"])
    entries = await list_entries(call.services.database, wanted, values["limit"] + 1, values["after"])
    return page(call, entries, row, lambda entry: entry.id)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/audit",
        Scope.ADMIN,
        "Changes by every door, the newest first.",
        _list,
        array(ENTRY),
        (
            SINCE,
            Parameter("by", WORDS, "Only by this operator, or this key (id or name)."),
            Parameter("what", WORDS, "Only such changes: campaign.activate, or campaign for all of them."),
            Parameter("subject", WORDS, "Only changes of this campaign, key, profile or run."),
            LIMIT,
            Parameter("after", NUMBER_CURSOR, "The next page, as the Link header of this one names it."),
        ),
    ),
)
