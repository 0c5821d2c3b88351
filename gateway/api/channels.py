"""Channel configurations: named sender settings."""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from consumer.campaigns.bounds import configuration_excesses
from consumer.campaigns.configurations import apply_configurations
from consumer.keys.key import Scope
from consumer.store.configurations import StoredConfiguration, find_configurations
from gateway.api.bodies import JsonBody, invalid_by
from gateway.api.kinds import NAME
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import Parameter
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import MOMENT, OBJECT, TEXT, Shape, array, choice, record
from schemas.campaign import ChannelsFile
from schemas.channel import Channel
from schemas.json import JsonObject

_NAME: Final = Parameter("name", NAME, "The configuration's name, as campaigns have it.", "path")

CONFIGURATION: Final[Shape] = record(name=TEXT, channel=choice(Channel), sender=OBJECT, updatedAt=MOMENT)


async def _list(call: Invocation) -> Answer:
    async with call.services.database.connection() as connection:
        stored = await find_configurations(connection)
    return Answer([_document(name, found) for name, found in stored.items()])


async def _put(call: Invocation) -> Answer:
    name = call.values["name"]
    try:
        configurations = ChannelsFile.validate_python({name: call.body})
    except ValidationError as error:
        raise RefusalError(invalid_by(error, skip=1)) from None
    if faults := dict(excess.split(": ", 1) for excess in configuration_excesses(configurations)):
        raise RefusalError(invalid("The configuration is too large.", faults))
    await apply_configurations(call.services.database, configurations)
    async with call.services.database.connection() as connection:
        return Answer(_document(name, (await find_configurations(connection))[name]))


def _document(name: str, found: StoredConfiguration) -> dict[str, Any]:
    configuration = found.configuration
    return {
        "name": name,
        "channel": configuration.channel,
        "sender": configuration.sender,
        "updatedAt": found.updated_at,
    }


OPERATIONS: Final = (
    Operation(
        "GET", "/channels", Scope.READ, "Channel configurations, by name.", _list, array(CONFIGURATION)
    ),
    Operation(
        "PUT",
        "/channels/{name}",
        Scope.PUBLISH,
        "Add or replace a channel configuration. Live campaigns use it at once.",
        _put,
        CONFIGURATION,
        (_NAME,),
        JsonBody(TypeAdapter(JsonObject)),
        refusals=(409,),
    ),
)
