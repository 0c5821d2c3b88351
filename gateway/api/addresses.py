"""Lists of addresses: suppressions, and the allow list."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from consumer.campaigns import allow_list
from consumer.campaigns.allow_list import AllowListFullError
from consumer.keys.key import Scope
from consumer.profiles.suppressing import (
    Named,
    UnusableAddressError,
    named,
    suppress,
    suppression_page,
    unsuppress,
)
from consumer.store.suppressions import SuppressionPlace, SuppressionReason
from gateway.api.bodies import body_of
from gateway.api.kinds import ADDRESS, ADDRESS_LENGTH_MAX, chosen, cursor
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import LIMIT, Parameter
from gateway.api.refusal import RefusalError, conflict, invalid, not_found
from gateway.api.shapes import FLAG, MOMENT, TEXT, Shape, array, choice, record
from schemas.channel import Channel

_CHANNEL: Final = Parameter("channel", chosen(Channel), "The channel.", "path")
_ADDRESS: Final = Parameter("address", ADDRESS, "An address, @example.com, a number or a push token.", "path")
_REASON: Final = Parameter("reason", chosen(SuppressionReason), "Only for this reason.")
_AFTER: Final = Parameter("after", cursor(SuppressionPlace.parse), "The next page, as Link names it.")

SUPPRESSION: Final[Shape] = record(
    channel=choice(Channel), address=TEXT, reason=choice(SuppressionReason), createdAt=MOMENT
)
ALLOW_LIST: Final[Shape] = record(
    isOn=FLAG, entries=array(record(channel=choice(Channel), address=TEXT, createdAt=MOMENT))
)


class Address(BaseModel):
    """An address or a domain."""

    model_config = ConfigDict(extra="forbid")
    channel: Channel
    address: Annotated[str, Field(min_length=1, max_length=ADDRESS_LENGTH_MAX)]


class Suppress(Address):
    """An address that is not to be messaged."""

    reason: SuppressionReason = SuppressionReason.UNSUBSCRIBE


class Switch(BaseModel):
    """Whether only what is on the list gets messages."""

    model_config = ConfigDict(extra="forbid", strict=True)
    isOn: bool  # noqa: N815 - the wire is camelCase


def _named(call: Invocation, channel: str, address: str) -> Named:
    try:
        return named(Channel(channel), address, call.services.settings.phone_region)
    except UnusableAddressError as error:
        raise RefusalError(invalid(str(error), {"address": str(error)})) from None


async def _list_suppressions(call: Invocation) -> Answer:
    values = call.values
    channel = Channel(values["channel"]) if values["channel"] else None
    found = await suppression_page(call.services.database, channel, values["limit"] + 1, values["after"])
    return page(call, found, lambda each: each.document(), lambda each: each.place)


async def _suppress(call: Invocation) -> Answer:
    wanted: Suppress = call.body
    entry = _named(call, wanted.channel, wanted.address)
    is_new = await suppress(call.services.database, entry, wanted.reason)
    body = {"channel": wanted.channel, "address": entry.key, "reason": wanted.reason, "isNew": is_new}
    return Answer(body, 201 if is_new else 200)


async def _unsuppress(call: Invocation) -> Answer:
    entry = _named(call, call.values["channel"], call.values["address"])
    reason = SuppressionReason(call.values["reason"]) if call.values["reason"] else None
    removed = await unsuppress(call.services.database, entry, reason)
    if not removed.reasons:
        still = " Its domain is." if removed.is_domain_suppressed else ""
        raise not_found(f"It is not suppressed{f' for {reason}' if reason else ''}.{still}")
    return Answer({"reasons": removed.reasons, "isDomainSuppressed": removed.is_domain_suppressed})


async def _show_allowed(call: Invocation) -> Answer:
    view = await allow_list.show(call.services.database)
    entries = [
        {"channel": each.channel, "address": each.address, "createdAt": each.created_at}
        for each in view.entries
    ]
    return Answer({"isOn": view.is_on, "entries": entries})


async def _switch(call: Invocation) -> Answer:
    await allow_list.switch(call.services.database, on=call.body.isOn)
    return await _show_allowed(call)


async def _allow(call: Invocation) -> Answer:
    entry = _named(call, call.body.channel, call.body.address)
    try:
        is_new = await allow_list.add(call.services.database, entry.channel, entry.key)
    except AllowListFullError as error:
        raise RefusalError(conflict(str(error))) from None
    body = {"channel": entry.channel, "address": entry.key, "isNew": is_new}
    return Answer(body, 201 if is_new else 200)


async def _disallow(call: Invocation) -> Answer:
    entry = _named(call, call.values["channel"], call.values["address"])
    removed = await allow_list.remove(call.services.database, entry.channel, entry.keys, entry.domain)
    if not removed.was_listed:
        still = " Its domain is." if removed.is_domain_listed else ""
        raise not_found(f"It is not on the allow list.{still}")
    return Answer({"isDomainAllowed": removed.is_domain_listed})


OPERATIONS: Final = (
    Operation(
        "GET",
        "/suppressions",
        Scope.OPERATE,
        "Addresses that are not to be messaged.",
        _list_suppressions,
        array(SUPPRESSION),
        (Parameter("channel", chosen(Channel), "Only of this channel."), LIMIT, _AFTER),
    ),
    Operation(
        "POST",
        "/suppressions",
        Scope.OPERATE,
        "Suppress an address or a domain.",
        _suppress,
        record(channel=TEXT, address=TEXT, reason=TEXT, isNew=FLAG),
        body=body_of(Suppress),
        status=201,
        also=(200,),
    ),
    Operation(
        "DELETE",
        "/suppressions/{channel}/{address}",
        Scope.OPERATE,
        "Let an address be messaged again.",
        _unsuppress,
        record(reasons=array(TEXT), isDomainSuppressed=FLAG),
        (_CHANNEL, _ADDRESS, _REASON),
        refusals=(404,),
    ),
    Operation("GET", "/allow-list", Scope.OPERATE, "The allow list.", _show_allowed, ALLOW_LIST),
    Operation(
        "PUT",
        "/allow-list",
        Scope.OPERATE,
        "Switch the allow list on or off. On and empty, it stops everything.",
        _switch,
        ALLOW_LIST,
        body=body_of(Switch),
    ),
    Operation(
        "POST",
        "/allow-list",
        Scope.OPERATE,
        "Put an address or a domain on the allow list.",
        _allow,
        record(channel=TEXT, address=TEXT, isNew=FLAG),
        body=body_of(Address),
        status=201,
        also=(200,),
        refusals=(409,),
    ),
    Operation(
        "DELETE",
        "/allow-list/{channel}/{address}",
        Scope.OPERATE,
        "Take an address or a domain off the allow list.",
        _disallow,
        record(isDomainAllowed=FLAG),
        (_CHANNEL, _ADDRESS),
        refusals=(404,),
    ),
)
