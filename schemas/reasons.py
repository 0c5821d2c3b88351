"""Why something was not sent: every reason there is, in the order in which the rules are tried.

Code, documents and screens read this one table. To add a reason, add its entry here and its rule.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    REJECTION = "rejection"
    """Could not be executed; goes to the dead-letter topic."""
    EXCLUSION = "exclusion"
    """Rightly not messaged; an outcome, not an error."""
    HELD = "held"
    """Waits for a time; goes to the dead-letter topic, from which it is released by itself."""


class Scope(StrEnum):
    """Whom a reason concerns: the whole trigger, one recipient, or one channel of a recipient."""

    TRIGGER = "trigger"
    RECIPIENT = "recipient"
    CHANNEL = "channel"


class Reason(StrEnum):
    MALFORMED = "malformed"
    INVALID = "invalid"
    TRIGGER_TOO_LARGE = "trigger_too_large"
    DUPLICATE_RECIPIENT = "duplicate_recipient"
    RESERVED_CONTEXT = "reserved_context"
    CONTEXT_TOO_LARGE = "context_too_large"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    CAMPAIGN_NOT_LIVE = "campaign_not_live"
    BEFORE_START = "before_start"
    AFTER_END = "after_end"
    EXPIRED = "expired"
    WRONG_LANE = "wrong_lane"
    NAMESPACE_MISMATCH = "namespace_mismatch"
    UNKNOWN_PROFILE = "unknown_profile"
    CHANNEL_REMOVED = "channel_removed"
    NO_CONSENT = "no_consent"
    MISSING_ADDRESS = "missing_address"
    INVALID_ADDRESS = "invalid_address"
    SUPPRESSED = "suppressed"
    NOT_ALLOWED = "not_allowed"
    MISSING_CONTEXT = "missing_context"
    RENDER_FAILED = "render_failed"
    CONTENT_TOO_LARGE = "content_too_large"
    DUPLICATE = "duplicate"
    REQUEST_CONFLICT = "request_conflict"
    HOLDOUT = "holdout"
    QUIET_HOURS = "quiet_hours"
    CAPPED = "capped"
    INTERNAL_ERROR = "internal_error"

    @property
    def kind(self) -> Kind:
        return TABLE[self].kind


@dataclass(frozen=True, slots=True)
class Entry:
    """What one reason means: of which kind it is, whom it concerns, and what a person should do about it."""

    kind: Kind
    scope: Scope
    meaning: str
    action: str


def _rejects(scope: Scope, meaning: str, action: str) -> Entry:
    return Entry(Kind.REJECTION, scope, meaning, action)


def _excludes(meaning: str, action: str) -> Entry:
    return Entry(Kind.EXCLUSION, Scope.CHANNEL, meaning, action)


TABLE: dict[Reason, Entry] = {
    Reason.MALFORMED: _rejects(
        Scope.TRIGGER,
        "The record's value is not JSON as Clarion reads it.",
        "The producer must send UTF-8 JSON nested at most 64 deep; such a letter can only be discarded.",
    ),
    Reason.INVALID: _rejects(
        Scope.TRIGGER,
        "The value is JSON, but not a trigger; the detail lists every violation with its path.",
        "The producer must fix the named fields and send the trigger again.",
    ),
    Reason.TRIGGER_TOO_LARGE: _rejects(
        Scope.TRIGGER,
        "The value is larger than 1,000,000 bytes.",
        "The producer must send less, for example fewer recipients in each trigger.",
    ),
    Reason.DUPLICATE_RECIPIENT: _rejects(
        Scope.TRIGGER,
        "The same recipient is named twice in one trigger.",
        "The producer must name each recipient once.",
    ),
    Reason.RESERVED_CONTEXT: _rejects(
        Scope.TRIGGER,
        "The context has the member 'system', which is reserved.",
        "The producer must use another name.",
    ),
    Reason.CONTEXT_TOO_LARGE: _rejects(
        Scope.TRIGGER,
        "A recipient's context is larger than 200,000 bytes.",
        "The producer must send less context.",
    ),
    Reason.UNKNOWN_CAMPAIGN: _rejects(
        Scope.TRIGGER,
        "No campaign has this id.",
        "Apply and activate the campaign, or correct the producer's campaignId; then replay.",
    ),
    Reason.CAMPAIGN_NOT_LIVE: _rejects(
        Scope.TRIGGER,
        "The campaign has no live version: it is a draft, paused, stopped or archived.",
        "Activate or resume the campaign, then replay; discard the letter if it was stopped on purpose.",
    ),
    Reason.BEFORE_START: _rejects(
        Scope.TRIGGER,
        "The campaign's date window has not begun.",
        "Replay when it has, or move the start.",
    ),
    Reason.AFTER_END: _rejects(
        Scope.TRIGGER,
        "The campaign's date window has ended.",
        "Extend the campaign and replay, or discard the letter.",
    ),
    Reason.EXPIRED: _rejects(
        Scope.TRIGGER,
        "The trigger was older than the campaign's maxAge when its turn came.",
        "Replay if the message is still wanted: its age starts again.",
    ),
    Reason.WRONG_LANE: _rejects(
        Scope.TRIGGER,
        "The trigger came on a lane that its campaign or its recipients do not belong to.",
        "The producer must use the topic of the campaign's lane, or the campaign's lane must be changed.",
    ),
    Reason.NAMESPACE_MISMATCH: _rejects(
        Scope.RECIPIENT,
        "The recipient's namespace is not the campaign's.",
        "The producer must name the recipient in the campaign's namespace.",
    ),
    Reason.UNKNOWN_PROFILE: _rejects(
        Scope.RECIPIENT,
        "No profile has this identity and the campaign does not create profiles.",
        "Import the profile, or let the campaign create profiles; then replay.",
    ),
    Reason.CHANNEL_REMOVED: _rejects(
        Scope.CHANNEL,
        "The replayed failure was on a channel that the campaign's live version no longer has.",
        "Activate a version with that channel and replay, or discard the letter.",
    ),
    Reason.NO_CONSENT: _excludes(
        "The campaign is marketing and the profile has not consented to it on this channel.",
        "Nothing; the person did not ask for it.",
    ),
    Reason.MISSING_ADDRESS: _rejects(
        Scope.CHANNEL,
        "Neither the trigger nor the profile has an address for this channel.",
        "Add the address to the profile and replay; or the producer must give it in channelData.",
    ),
    Reason.INVALID_ADDRESS: _rejects(
        Scope.CHANNEL,
        "The address is not one that the channel can use.",
        "Correct it in the profile and replay; or the producer must correct channelData.",
    ),
    Reason.SUPPRESSED: _excludes(
        "The address is on the suppression list.",
        "Nothing; or remove the suppression if the address works again.",
    ),
    Reason.NOT_ALLOWED: _excludes(
        "The allow list is on, and neither the address nor its domain is on it.",
        "Add the address to the allow list, or switch the list off.",
    ),
    Reason.MISSING_CONTEXT: _rejects(
        Scope.CHANNEL,
        "The template uses variables that neither trigger, campaign nor profile has; the detail names all.",
        "Give the template defaults or the campaign default context and replay; or fix the producer.",
    ),
    Reason.RENDER_FAILED: _rejects(
        Scope.CHANNEL,
        "The template could not be rendered with this context.",
        "Fix the template, activate the new version and replay.",
    ),
    Reason.CONTENT_TOO_LARGE: _rejects(
        Scope.CHANNEL,
        "The rendered message is larger than a delivery may be.",
        "Shorten the template or the context, then replay.",
    ),
    Reason.DUPLICATE: _excludes(
        "The same request was already executed for this recipient and channel.",
        "Nothing; the message was sent once.",
    ),
    Reason.REQUEST_CONFLICT: _rejects(
        Scope.CHANNEL,
        "The requestId was already used with different content for this recipient.",
        "The producer must use a new requestId for each different message.",
    ),
    Reason.HOLDOUT: _excludes(
        "The person is in the holdout of the campaign's experiment.",
        "Nothing; the experiment compares them with those who got the message.",
    ),
    Reason.QUIET_HOURS: Entry(
        Kind.HELD,
        Scope.CHANNEL,
        "The message met quiet hours of the campaign's rule set: it is held until they end, or excluded "
        "where the rule says drop.",
        "Nothing: `clarion dead-letters release --watch` releases what is held when its time has come.",
    ),
    Reason.CAPPED: _excludes(
        "The person has had as many messages as a cap of the campaign's rule set allows.",
        "Nothing; the execution has the cap, the count, and when the next message is possible.",
    ),
    Reason.INTERNAL_ERROR: _rejects(
        Scope.TRIGGER,
        "Clarion met a fault of its own on this record; its log has more, by the record's coordinates.",
        "Report the fault; replay after the upgrade that fixes it.",
    ),
}
