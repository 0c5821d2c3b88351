"""A page of members as a trigger, and the way back from its record to the page."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from consumer.kafka.record import Headers, Record
from consumer.store.audience_executions import StoredExecution
from consumer.store.audience_pages import Page, PageKey
from schemas.trigger_wire import RECIPIENTS_MAX, TEXT_CHARACTERS_MAX
from schemas.whole_numbers import INT32_MAX, whole_number

PAGE_HEADER: Final = "audience-page"
"""`executionId/page`. It is no `clarion.*` header, so a dead letter and its replay keep it."""
_NUMBER_DIGITS: Final = 10


class Triggers:
    """Encodes the pages of one execution."""

    def __init__(self, execution: StoredExecution) -> None:
        self._id = str(execution.id)
        self._namespace = execution.namespace
        self._base = base_of(execution.request_id)
        self._known: dict[str, object] = {"campaignId": execution.campaign_id}
        if execution.context:
            self._known["context"] = orjson.Fragment(orjson.dumps(execution.context))
        self.bytes_each = len(orjson.dumps(self._known)) + RECIPIENTS_MAX * 60
        """About how large a trigger is."""

    def encode(self, page: Page) -> tuple[bytes, bytes, Headers]:
        """Key, value and headers of the page's record."""
        value = {
            "requestId": f"{self._base}:{page.number}",
            **self._known,
            "recipients": [{"namespace": self._namespace, "userId": id_} for id_ in page.user_ids],
        }
        key = f"{self._id}/{page.number}".encode()
        return key, orjson.dumps(value), [(PAGE_HEADER, key)]


def base_of(request_id: str) -> str:
    """What the requestIds of all its pages begin with; a long one is hashed, so that they fit."""
    if len(request_id) + 1 + _NUMBER_DIGITS <= TEXT_CHARACTERS_MAX:
        return request_id
    return sha256(request_id.encode()).hexdigest()


def page_of(record: Record) -> PageKey | None:
    """The page that the record says it is."""
    for name, value in record.headers or ():
        if name == PAGE_HEADER and value is not None:
            return _read_key(value)
    return None


def recipient_names(record: Record) -> Sequence[str]:
    """`namespace:userId` of each member, in the page's order; none if the value cannot be read."""
    try:
        return list(_names(orjson.loads(record.value or b"")))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return ()


def _names(document: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    for recipient in document["recipients"]:
        yield f"{recipient['namespace'].lower()}:{recipient['userId']}"


def _read_key(value: bytes) -> PageKey | None:
    id_, _, number = value.decode(errors="replace").partition("/")
    try:
        return PageKey(UUID(id_), whole_number(number, 0, INT32_MAX))
    except ValueError:
        return None
