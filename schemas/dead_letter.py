"""Dead letters and replays: the original record untouched, and headers that say why and how often."""

from typing import Annotated, Final

from pydantic import AfterValidator

from schemas.delivery import Wire
from schemas.namespace import canonical_name

PREFIX: Final = "clarion."

REASON: Final = "clarion.reason"
DETAIL: Final = "clarion.detail"
FAILURES: Final = "clarion.failures"
ORIGIN_TOPIC: Final = "clarion.origin.topic"
ORIGIN_PARTITION: Final = "clarion.origin.partition"
ORIGIN_OFFSET: Final = "clarion.origin.offset"
ORIGIN_TIMESTAMP: Final = "clarion.origin.timestamp"
CAMPAIGN_ID: Final = "clarion.campaign-id"
CAMPAIGN_VERSION: Final = "clarion.campaign-version"
REQUEST_ID: Final = "clarion.request-id"
ATTEMPT: Final = "clarion.attempt"
FAILED_AT: Final = "clarion.failed-at"
RELEASE_AT: Final = "clarion.release-at"
SCHEMA: Final = "clarion.schema"


class Failure(Wire):
    """One element of `clarion.failures`: a recipient, and a channel unless all of them failed alike."""

    # An older Clarion wrote namespaces as it met them.
    recipient: Annotated[str, AfterValidator(canonical_name)]
    channel: str | None = None
    reason: str
    detail: str = ""
