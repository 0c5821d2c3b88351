"""Whom a preview is for: triggers, recipients one a line, a table of people, or the sample."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, Final

import orjson

from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.sample import sample_trigger
from consumer.triggers.split import split_triggers
from schemas.campaign import CampaignFile
from schemas.json import JsonObject
from schemas.trigger_wire import RECIPIENTS_MAX

PEOPLE_MAX: Final = 100


def sample_for(file: CampaignFile, profile: str | None = None, locale: str | None = None) -> JsonObject:
    """The sample trigger, for a stored profile (`email:alice@example.com`) if one is named."""
    sample: Any = sample_trigger(file, "preview-1")
    [recipient] = sample["recipients"]
    if profile is not None:
        namespace, colon, user_id = profile.partition(":")
        if not colon or not user_id:
            raise LifecycleError(f"'{profile}' is no profile; write it as NAMESPACE:ID.")
        context = {"context": recipient["context"]} if "context" in recipient else {}
        recipient = {"namespace": namespace.lower(), "userId": user_id, **context}
    return {**sample, "recipients": [_in_locale(recipient, locale)]}


def _in_locale(recipient: Any, locale: str | None) -> Any:  # noqa: ANN401 - what is wrong is found later
    return {**recipient, "locale": locale} if locale and isinstance(recipient, dict) else recipient


def read_people(file: CampaignFile, name: str, content: bytes, locale: str | None = None) -> list[JsonObject]:
    """The triggers in a file: as they are, or made of its recipients. Raises LifecycleError.

    A table (.csv) has a column `userId`, and columns such as `namespace`, `locale`, `context.order.id`,
    `profile.person.name.firstName` and `channelData.emailAddress`.
    """
    found = _rows(content) if PurePath(name).suffix.lower() == ".csv" else _documents(content)
    triggers = [each for each in found if "recipients" in each]
    people = [each for each in found if "recipients" not in each]
    if triggers and people:
        raise LifecycleError(f"{name} has triggers and recipients; it must have one or the other.")
    return limited(triggers or as_triggers(file, people), name, locale)


def limited(triggers: Sequence[JsonObject], name: str, locale: str | None = None) -> list[JsonObject]:
    """The triggers in this language. Raises LifecycleError for more people than a preview takes, or none."""
    listed = [
        {**each, "recipients": [_in_locale(recipient, locale) for recipient in recipients]}
        if isinstance(recipients := each.get("recipients"), list)
        else each
        for each in triggers
    ]
    counted = sum(len(_listed(each)) for each in listed)
    if counted > PEOPLE_MAX:
        raise LifecycleError(f"{name} has {counted:,} people; at most {PEOPLE_MAX} are allowed.")
    if not listed:
        raise LifecycleError(f"{name} has no trigger and no recipient.")
    return listed


def _listed(trigger: JsonObject) -> list[object]:
    recipients = trigger.get("recipients")
    return recipients if isinstance(recipients, list) else []


def as_triggers(file: CampaignFile, people: Sequence[JsonObject]) -> list[JsonObject]:
    """Triggers for these recipients, as many as may be in one."""
    named = [{"namespace": file.namespace, **person} for person in people]
    return [
        {
            "requestId": f"preview-{first}",
            "campaignId": file.id,
            "recipients": named[first : first + RECIPIENTS_MAX],
        }
        for first in range(0, len(named), RECIPIENTS_MAX)
    ]


def _documents(content: bytes) -> list[JsonObject]:
    documents = []
    for number, value in enumerate(split_triggers(content), start=1):
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise LifecycleError(f"Document {number} is not JSON: {error}.") from None
        if not isinstance(document, dict):
            raise LifecycleError(f"Document {number} is no trigger and no recipient.")
        documents.append(document)
    return documents


def _rows(content: bytes) -> list[JsonObject]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise LifecycleError(f"The table cannot be read: {error}.") from None
    if "userId" not in (reader.fieldnames or ()):
        raise LifecycleError("The table has no column `userId`.")
    return [_nested((name, value) for name, value in row.items() if name and value) for row in rows]


def _nested(cells: Iterable[tuple[str, Any]]) -> JsonObject:
    nested: JsonObject = {}
    for path, value in cells:
        *owners, name = path.split(".")
        inner: Any = nested
        for owner in owners:
            inner = inner.setdefault(owner, {})
            if not isinstance(inner, dict):
                raise LifecycleError(f"The table has a column `{owner}` beside `{path}`.")
        inner[name] = value
    return nested
