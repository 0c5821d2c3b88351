"""The rules by number, in the order in which they are tried: what docs/rules.md shows and docstrings cite.

To add a rule, or a reason to one: its entry here and in schemas/reasons.py, its code, its row in the page.
"""

from typing import Final, NamedTuple

from schemas.reasons import Reason


class Rule(NamedTuple):
    number: int
    requires: str
    """What the rule requires, as a sentence."""
    reasons: tuple[Reason, ...]
    """What is given when it is not so."""
    where: tuple[str, ...]
    """The functions that decide it, each as module and name."""


RULES: Final = (
    Rule(
        1,
        "The value is UTF-8 JSON, nested at most 64 deep.",
        (Reason.MALFORMED,),
        ("schemas.trigger:read_trigger",),
    ),
    Rule(
        2,
        "It is a trigger: every field has its shape, the value and each recipient's context have their "
        "bounds, no recipient is named twice, and no context has the member `system`.",
        (
            Reason.INVALID,
            Reason.TRIGGER_TOO_LARGE,
            Reason.DUPLICATE_RECIPIENT,
            Reason.RESERVED_CONTEXT,
            Reason.CONTEXT_TOO_LARGE,
        ),
        ("schemas.trigger:read_trigger",),
    ),
    Rule(
        3,
        "The campaign exists.",
        (Reason.UNKNOWN_CAMPAIGN,),
        ("consumer.rules.decide:judge_campaign",),
    ),
    Rule(
        4,
        "It has a live version.",
        (Reason.CAMPAIGN_NOT_LIVE,),
        ("consumer.rules.decide:judge_campaign",),
    ),
    Rule(
        5,
        "The time of execution is in the campaign's date window: at or after its start, and before its end.",
        (Reason.BEFORE_START, Reason.AFTER_END),
        ("consumer.rules.decide:judge_campaign",),
    ),
    Rule(
        6,
        "The record is not older than the campaign's maxAge; the age of a replay starts again.",
        (Reason.EXPIRED,),
        ("consumer.rules.decide:judge_trigger",),
    ),
    Rule(
        7,
        "The trigger is on the campaign's lane. The high-throughput lane takes transactional campaigns "
        "and recipients of type `external` only. The audience lane takes campaigns of the unitary lane.",
        (Reason.WRONG_LANE,),
        ("consumer.rules.decide:judge_trigger",),
    ),
    Rule(
        8,
        "The recipient's namespace is the campaign's.",
        (Reason.NAMESPACE_MISMATCH,),
        ("consumer.rules.decide:judge_identity",),
    ),
    Rule(
        9,
        "The recipient has a profile, or the campaign creates it; a recipient of type `external` needs none.",
        (Reason.UNKNOWN_PROFILE,),
        ("consumer.rules.decide:judge_identity",),
    ),
    Rule(
        10,
        "For a marketing campaign, the profile consents to messages on this channel.",
        (Reason.NO_CONSENT,),
        ("consumer.rules.decide:judge_channels",),
    ),
    Rule(
        11,
        "There is an address, the channel can use it, and no list keeps messages from it.",
        (Reason.MISSING_ADDRESS, Reason.INVALID_ADDRESS, Reason.SUPPRESSED, Reason.NOT_ALLOWED),
        ("consumer.rules.decide:judge_channels", "consumer.rules.decide:compose"),
    ),
    Rule(
        12,
        "The message can be rendered: every variable is there, and the result is no larger than a delivery "
        "may be.",
        (Reason.MISSING_CONTEXT, Reason.RENDER_FAILED, Reason.CONTENT_TOO_LARGE),
        ("consumer.rules.compose:compose_message",),
    ),
    Rule(
        13,
        "No other record has claimed the same delivery.",
        (Reason.DUPLICATE, Reason.REQUEST_CONFLICT),
        ("consumer.rules.decide:settle",),
    ),
    Rule(
        14,
        "The person is not in the holdout of the campaign's experiment. (Before rule 12, as is rule 15.)",
        (Reason.HOLDOUT,),
        ("consumer.rules.decide:treat",),
    ),
    Rule(
        15,
        "For a marketing campaign with a rule set, it is not quiet hours where the person lives.",
        (Reason.QUIET_HOURS,),
        ("consumer.rules.quiet_hours:find_quiet",),
    ),
    Rule(
        16,
        "For a marketing campaign with a rule set, the person has not had as many messages as a cap allows. "
        "(Together with rule 13.)",
        (Reason.CAPPED,),
        ("consumer.rules.caps:find_capped",),
    ),
)

UNNUMBERED: Final = (Reason.CHANNEL_REMOVED, Reason.INTERNAL_ERROR)
"""Reasons that no rule gives: a replay whose channel is gone, and a fault of Clarion's own."""
