"""Proofs: deliveries of a draft or live version to a few testers, marked as tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson

from consumer.audit.record import record
from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.sample import sample_trigger
from consumer.kafka.record import Outgoing
from consumer.preview.preview import verdict
from consumer.preview.trial import Trial
from consumer.rules.outcome import Delivery
from consumer.store.campaigns import Version
from consumer.store.database import Database
from consumer.triggers.execution import Execution
from consumer.triggers.produce import produce
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.reasons import Reason

RECIPIENTS_MAX: Final = 10
_ADDRESSES: Final[Mapping[str, tuple[Channel, str]]] = {
    "email": (Channel.EMAIL, "emailAddress"),
    "phone": (Channel.SMS, "mobilePhoneNumber"),
    "sms": (Channel.SMS, "mobilePhoneNumber"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    request_id: str
    version: int
    outcomes: Sequence[dict[str, object]]

    @property
    def is_delivered(self) -> bool:
        """Whether everybody got it by some channel, and by each for which they have an address."""
        reached = {each["recipient"] for each in self.outcomes if each["outcome"] == "delivery"}
        return all(
            each["outcome"] == "delivery"
            or (each["reason"] is Reason.MISSING_ADDRESS and each["recipient"] in reached)
            for each in self.outcomes
        )

    def document(self) -> dict[str, object]:
        return {"requestId": self.request_id, "version": self.version, "outcomes": list(self.outcomes)}


async def send_proof(
    database: Database,
    trial: Trial,
    version: Version,
    to: Sequence[str],
    *,
    options: Mapping[str, Any],
    now: datetime,
    trigger: JsonObject | None = None,
    subject_prefix: str = "",
) -> Proof:
    """Send it to these (`email:me@acme.example`), with the values of a trigger, else of the sample.

    A recipient is named in the campaign's namespace, or by an address: `email:` or `phone:`. Raises
    LifecycleError for more than 10, for one that cannot be read, and when the review has errors.
    """
    file = lifecycle.read_definition(version)
    await _refuse_errors(database, file)
    request_id = f"proof-{uuid4()}"
    made = _trigger(file, request_id, to, trigger)
    [execution] = await trial.prove([made], now)
    if not execution.call.all_recipients():
        raise LifecycleError(f"The proof cannot be sent: {verdict(execution.outcomes[0])[2]}")
    wanted = _wanted(file, to)
    outgoing = [
        _marked(execution, delivery, trial, subject_prefix)
        for delivery in execution.deliveries()
        if delivery.channel in wanted[delivery.recipient.name]
    ]
    async with database.transaction() as connection:
        after = {"version": version.number, "requestId": request_id, "recipients": len(to)}
        await record(connection, "campaign.proof", file.id, after=after)
    await produce(options, outgoing)
    return Proof(request_id, version.number, list(_outcomes(execution, wanted)))


async def _refuse_errors(database: Database, file: CampaignFile) -> None:
    async with database.connection() as connection:
        findings = await lifecycle.review_file(connection, file)
    if any(finding.severity == "error" for finding in findings):
        raise LifecycleError(f"Campaign '{file.id}' is not proofed: its review has errors.", findings)


def _trigger(
    file: CampaignFile, request_id: str, to: Sequence[str], trigger: JsonObject | None
) -> JsonObject:
    if not 1 <= len(to) <= RECIPIENTS_MAX:
        raise LifecycleError(f"A proof goes to 1 to {RECIPIENTS_MAX} recipients, and {len(to)} are given.")
    given: Any = trigger or sample_trigger(file)
    first = next(iter(given.get("recipients") or [{}]))
    shared = {name: first[name] for name in ("context", "profile", "locale", "attachments") if name in first}
    recipients = [{**shared, **_recipient(file, each)} for each in to]
    context = {"context": given["context"]} if "context" in given else {}
    return {"requestId": request_id, "campaignId": file.id, **context, "recipients": recipients}


def _recipient(file: CampaignFile, written: str) -> JsonObject:
    kind, user_id = _parted(written)
    if kind == file.namespace:
        return {"namespace": file.namespace, "userId": user_id}
    _, member = _address(file, kind, written)
    return {
        "type": "external", "namespace": file.namespace, "userId": user_id, "channelData": {member: user_id}
    }  # fmt: skip


def _wanted(file: CampaignFile, to: Sequence[str]) -> dict[str, set[Channel]]:
    """The channels by which each recipient gets the proof: an address stands for its own alone."""
    wanted: dict[str, set[Channel]] = {}
    for written in to:
        kind, user_id = _parted(written)
        channels = set(file.channels.used()) if kind == file.namespace else {_address(file, kind, written)[0]}
        wanted.setdefault(f"{file.namespace}:{user_id}", set()).update(channels)
    return wanted


def _parted(written: str) -> tuple[str, str]:
    kind, colon, user_id = written.partition(":")
    if not colon or not kind or not user_id:
        raise LifecycleError(f"'{written}' is no recipient; write it as email:me@acme.example.")
    return kind.lower(), user_id


def _address(file: CampaignFile, kind: str, written: str) -> tuple[Channel, str]:
    if kind not in _ADDRESSES:
        known = ", ".join(dict.fromkeys([file.namespace, "email", "phone"]))
        raise LifecycleError(f"'{written}' is no recipient of this campaign; begin it with one of {known}.")
    channel, member = _ADDRESSES[kind]
    if channel not in file.channels.used():
        raise LifecycleError(f"'{written}' cannot be reached: the campaign has no channel {channel}.")
    return channel, member


def _marked(execution: Execution, delivery: Delivery, trial: Trial, prefix: str) -> Outgoing:
    """The delivery as it goes out, with `test`."""
    encoded = execution.encoded[delivery.delivery_id]
    document: dict[str, Any] = orjson.loads(encoded.value or b"{}")
    document |= {"messageType": trial.campaign.message_type, "test": True}
    if any(recipient.name == delivery.recipient.name for recipient in execution.created):
        # Nobody gets a profile by a proof.
        document["recipient"]["profileId"] = None
    if prefix and "subject" in document["content"]:
        document["content"]["subject"] = prefix + document["content"]["subject"]
    return encoded._replace(value=orjson.dumps(document))


def _outcomes(execution: Execution, wanted: Mapping[str, set[Channel]]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for outcome in execution.outcomes:
        name = outcome.recipient.name if outcome.recipient else None
        if name and outcome.channel and outcome.channel not in wanted[name]:
            continue
        kind, reason, detail = verdict(outcome)
        delivery_id = outcome.delivery_id if isinstance(outcome, Delivery) else None
        found.append({
            "recipient": name, "channel": outcome.channel, "outcome": kind, "reason": reason,
            "detail": detail, "deliveryId": delivery_id,
        })  # fmt: skip
    return found
