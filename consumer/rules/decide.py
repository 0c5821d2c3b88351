"""The rules, in the order of docs/rules.md: pure functions, time is an argument.

Rules 1 and 2 are in schemas/trigger.py, where a value is read: what passes them is a trigger.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from consumer.rules.address import Unusable, find_address, read_address
from consumer.rules.campaign import Campaign, CampaignChannel, NotLive
from consumer.rules.compose import compose_message
from consumer.rules.experiment import Experiment
from consumer.rules.outcome import Candidate, Delivery, Exclusion, Outcome, Profile, Rejection
from consumer.rules.push_address import tokens_of
from consumer.rules.rule_set import RuleSet
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.duration import format_duration
from schemas.ids import ExecutionId
from schemas.json import JsonObject, merge
from schemas.profile import ConsentDefault
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger


def judge_trigger(
    trigger: Trigger, campaign: Campaign | NotLive | None, *, lane: str, received_at: datetime, now: datetime
) -> Campaign | Rejection:
    """Rules 3 to 7: the campaign that executes the trigger, or the first rule that rejects it."""
    judged = judge_campaign(trigger.campaign_id, campaign, now)
    if isinstance(judged, Rejection):
        return judged
    campaign = judged
    if is_too_old(campaign, received_at, now):
        age, allowed = (now - received_at).total_seconds(), format_duration(campaign.max_age or timedelta())
        return Rejection(
            Reason.EXPIRED, f"The trigger was {age:.1f} s old; campaign {campaign.id!r} allows {allowed}."
        )
    return judge_lane(campaign, lane) or _judge_types(trigger, lane) or campaign


def is_too_old(campaign: Campaign, received_at: datetime, now: datetime) -> bool:
    """Rule 6."""
    return campaign.max_age is not None and now - received_at > campaign.max_age


def judge_campaign(
    campaign_id: str, campaign: Campaign | NotLive | None, now: datetime
) -> Campaign | Rejection:
    """Rules 3 to 5, which rest on the registry: nothing is rejected by them on knowledge that may be old."""
    if campaign is None:
        return Rejection(Reason.UNKNOWN_CAMPAIGN, f"There is no campaign {campaign_id!r}.")
    if isinstance(campaign, NotLive):
        status = "a draft" if campaign.status == "draft" else campaign.status
        return Rejection(
            Reason.CAMPAIGN_NOT_LIVE,
            f"Campaign {campaign_id!r} is not live: its version {campaign.version} is {status}.",
        )
    # The window's start is inclusive and its end exclusive.
    if campaign.start is not None and now < campaign.start:
        return Rejection(
            Reason.BEFORE_START, f"Campaign {campaign_id!r} starts at {timestamp(campaign.start)}."
        )
    if campaign.end is not None and now >= campaign.end:
        return Rejection(Reason.AFTER_END, f"Campaign {campaign_id!r} ended at {timestamp(campaign.end)}.")
    return campaign


def judge_lane(campaign: Campaign, lane: str) -> Rejection | None:
    """Rule 7, as far as it is about the campaign."""
    # An audience is made of profiles: any campaign that uses them can be executed for one.
    if campaign.lane != ("unitary" if lane == "audience" else lane):
        return Rejection(
            Reason.WRONG_LANE, f"Campaign {campaign.id!r} belongs to the {campaign.lane} lane, not to {lane}."
        )
    if lane == "high-throughput" and campaign.message_type != "transactional":
        return Rejection(Reason.WRONG_LANE, "The high-throughput lane takes transactional campaigns only.")
    return None


def _judge_types(trigger: Trigger, lane: str) -> Rejection | None:
    if lane == "high-throughput" and not all(recipient.external for recipient in trigger.recipients):
        return Rejection(
            Reason.WRONG_LANE, "The high-throughput lane takes recipients of type 'external' only."
        )
    return None


def judge_identity(campaign: Campaign, recipient: Recipient, profile: Profile | None) -> Rejection | None:
    """Rules 8 and 9. A recipient that passes without a stored profile gets one, unless it is external."""
    if recipient.namespace != campaign.namespace:
        detail = (
            f"The recipient's namespace is {recipient.namespace!r}, the campaign's {campaign.namespace!r}."
        )
        return Rejection(Reason.NAMESPACE_MISMATCH, detail, recipient)
    if profile is None and not recipient.external and not campaign.create_profiles:
        detail = f"No profile has this identity, and campaign {campaign.id!r} does not create profiles."
        return Rejection(Reason.UNKNOWN_PROFILE, detail, recipient)
    return None


def judge_channels(
    campaign: Campaign,
    recipient: Recipient,
    profile: Profile,
    replayed: Collection[Channel] | None = None,
    *,
    consent_default: ConsentDefault = "opt-in",
) -> list[Candidate | Exclusion | Rejection]:
    """Rules 10 and 11 but the lists of addresses, for each channel; of a replay, for the `replayed` ones."""
    attributes = merge(profile.attributes, recipient.profile)
    found = [
        no_consent(campaign, plan, recipient, profile, consent_default)
        or _judge_address(plan, recipient, attributes)
        for plan in campaign.channels
        if replayed is None or plan.channel in replayed
    ]
    for channel in sorted(set(replayed or ()) - {plan.channel for plan in campaign.channels}):
        detail = f"Version {campaign.version} of campaign {campaign.id!r} has no channel {channel}."
        found.append(Rejection(Reason.CHANNEL_REMOVED, detail, recipient, channel))
    return found


def no_consent(
    campaign: Campaign, plan: CampaignChannel, recipient: Recipient, profile: Profile, default: ConsentDefault
) -> Exclusion | None:
    """Rule 10."""
    if campaign.message_type != "marketing":
        return None
    # AJO: consents.marketing.<channel>.val; the trigger's own profile never counts.
    answer: object = profile.consents
    for step in ("marketing", plan.channel.value, "val"):
        answer = answer.get(step) if isinstance(answer, dict) else None
    # What an external recipient may have refused is not known here: no default speaks for them.
    if answer == "y" or (default == "opt-out" and answer != "n" and not recipient.external):
        return None
    return Exclusion(Reason.NO_CONSENT, recipient, plan.channel)


def _judge_address(
    plan: CampaignChannel, recipient: Recipient, attributes: JsonObject
) -> Candidate | Rejection:
    channel = plan.channel
    found = find_address(channel, recipient, attributes, plan.sender)
    if found is None:
        return Rejection(Reason.MISSING_ADDRESS, _missing(plan, attributes), recipient, channel)
    address = read_address(channel, found)
    if isinstance(address, Unusable):
        detail = f"The {channel} address {address.problem}."
        return Rejection(Reason.INVALID_ADDRESS, detail, recipient, channel)
    return Candidate(recipient, plan, address, attributes)


def _missing(plan: CampaignChannel, attributes: JsonObject) -> str:
    if plan.channel is Channel.PUSH and (tokens := list(tokens_of(attributes))):
        return (
            f"None of the profile's push tokens ({len(tokens)}) fits the appId and platforms of the "
            f"channel configuration {plan.configuration!r}."
        )
    return f"Neither channelData nor the profile has an address for {plan.channel}."


def compose(
    campaign: Campaign,
    execution: ExecutionId,
    candidate: Candidate,
    suppressed: Collection[str],
    *,
    is_allowed: bool = True,
    rule_set: RuleSet | None = None,
    now: datetime | None = None,
) -> Outcome:
    """The rest of rule 11, rules 14 and 15, and rule 12. `suppressed`: why the address is on that list.

    `rule_set`: whose quiet hours are asked, as of `now`.
    """
    # A bounce blocks everything; a complaint or an unsubscription blocks marketing.
    if "bounce" in suppressed or (suppressed and campaign.message_type == "marketing"):
        return Exclusion(Reason.SUPPRESSED, candidate.recipient, candidate.channel)
    if not is_allowed:
        return Exclusion(Reason.NOT_ALLOWED, candidate.recipient, candidate.channel)
    if campaign.experiment is not None:
        treated = treat(campaign, campaign.experiment, candidate)
        if treated is None:
            return Exclusion(Reason.HOLDOUT, candidate.recipient, candidate.channel)
        candidate = treated
    if rule_set and now and (quiet := rule_set.judge_time(candidate, now)):
        return quiet
    return compose_message(campaign, execution, candidate)


def treat(campaign: Campaign, experiment: Experiment, candidate: Candidate) -> Candidate | None:
    """Rule 14: the candidate with the channel as the person's treatment has it; None for one held out."""
    treatment = experiment.assign(campaign.id, candidate.recipient.name)
    if treatment is None:
        return None
    plan = candidate.plan.treatments.get(treatment)
    return candidate._replace(plan=plan) if plan else candidate


def settle(delivery: Delivery, *, is_owner: bool, same_content: bool) -> Outcome:
    """Rule 13: a delivery that another record claimed is a duplicate; a conflict if the content differs."""
    if is_owner:
        return delivery
    if same_content:
        return Exclusion(Reason.DUPLICATE, delivery.recipient, delivery.channel)
    detail = "This requestId was already used with different content for this recipient; use a new one."
    return Rejection(Reason.REQUEST_CONFLICT, detail, delivery.recipient, delivery.channel)
