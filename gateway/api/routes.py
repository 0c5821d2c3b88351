"""The paths of the API, from what is declared."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from starlette.routing import Route

from gateway.access import Access
from gateway.api import (
    addresses,
    audience_executions,
    audiences,
    audit,
    campaign_changes,
    campaign_insights,
    campaign_trials,
    campaigns,
    channels,
    dead_letters,
    executions,
    feedback,
    keys,
    profiles,
    replays,
    reports,
)
from gateway.api.documentation import documentation_routes
from gateway.api.endpoint import Endpoint, Traffic
from gateway.api.operation import Operation
from gateway.api.services import Services

PREFIX: Final = "/api/v1"
OPERATIONS: Final[Sequence[Operation]] = (
    *executions.OPERATIONS,
    *campaigns.OPERATIONS,
    *campaign_changes.OPERATIONS,
    *campaign_trials.OPERATIONS,
    *campaign_insights.OPERATIONS,
    *dead_letters.OPERATIONS,
    *replays.OPERATIONS,
    *feedback.OPERATIONS,
    *reports.OPERATIONS,
    *audiences.OPERATIONS,
    *audience_executions.OPERATIONS,
    *profiles.OPERATIONS,
    *addresses.OPERATIONS,
    *channels.OPERATIONS,
    *keys.OPERATIONS,
    *audit.OPERATIONS,
)


def routes(access: Access, services: Services) -> list[Route]:
    traffic = Traffic()
    by_path = groupby(sorted(OPERATIONS, key=_path), key=_path)
    endpoints = [Endpoint(PREFIX, list(found), access, services, traffic) for _, found in by_path]
    # Those without parameters first: `/dead-letters/replays` is not a letter.
    endpoints.sort(key=lambda endpoint: [part.startswith("{") for part in endpoint.path.split("/")])
    own = [Route(_with_slashes(each.path), each.answer, methods=each.methods) for each in endpoints]
    return [*documentation_routes(PREFIX, OPERATIONS), *own]


def _with_slashes(path: str) -> str:
    """An address or a userId may have slashes."""
    return re.sub(r"\{(address|userId)\}", r"{\1:path}", path)


def _path(operation: Operation) -> str:
    return operation.path
