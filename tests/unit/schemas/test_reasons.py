"""The table of reasons is whole, and in the order in which the rules are tried."""

from schemas.reasons import TABLE, Kind, Reason, Scope

EXCLUSIONS = {
    Reason.NO_CONSENT,
    Reason.SUPPRESSED,
    Reason.NOT_ALLOWED,
    Reason.DUPLICATE,
    Reason.HOLDOUT,
    Reason.CAPPED,
}


def test_every_reason_has_an_entry_that_says_what_it_means_and_what_to_do() -> None:
    assert list(TABLE) == list(Reason)
    assert all(entry.meaning and entry.action for entry in TABLE.values())


def test_only_rightly_unsent_messages_are_exclusions() -> None:
    assert {reason for reason in Reason if reason.kind is Kind.EXCLUSION} == EXCLUSIONS


def test_reasons_come_in_the_order_of_the_rules() -> None:
    assert [reason.value for reason in Reason if reason is not Reason.CHANNEL_REMOVED] == [
        *("malformed", "invalid"),
        *("trigger_too_large", "duplicate_recipient", "reserved_context", "context_too_large"),
        *("unknown_campaign", "campaign_not_live", "before_start", "after_end", "expired", "wrong_lane"),
        *("namespace_mismatch", "unknown_profile"),
        *("no_consent", "missing_address", "invalid_address", "suppressed", "not_allowed"),
        *("missing_context", "render_failed", "content_too_large"),
        *("duplicate", "request_conflict", "holdout", "quiet_hours", "capped", "internal_error"),
    ]


def test_what_concerns_one_channel_is_never_said_of_the_trigger() -> None:
    scopes = [entry.scope for entry in TABLE.values()]
    assert scopes.index(Scope.RECIPIENT) > max(
        position for position, reason in enumerate(Reason) if reason in {Reason.EXPIRED, Reason.WRONG_LANE}
    )
    assert TABLE[Reason.NAMESPACE_MISMATCH].scope is TABLE[Reason.UNKNOWN_PROFILE].scope is Scope.RECIPIENT
    assert all(TABLE[reason].scope is Scope.CHANNEL for reason in EXCLUSIONS)
