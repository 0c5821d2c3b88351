"""From a candidate to its message: choose the locale, render, and report what prevented it."""

from collections.abc import Iterable, Mapping

from consumer.rules.campaign import Campaign, CampaignChannel, Content, fold_locale
from consumer.rules.outcome import Candidate, Delivery, Rejection
from consumer.template.render import (
    ContentTooLarge,
    MissingVariables,
    Rendered,
    RenderFailed,
    TemplateError,
    render,
)
from schemas.channel import Channel
from schemas.detail import bounded, enumerated
from schemas.ids import ExecutionId, delivery_id
from schemas.json import JsonObject, merge
from schemas.reasons import Reason

CONTENT_BYTES_MAX = 1_000_000
"""All rendered parts of one delivery together, in UTF-8."""


def compose_message(campaign: Campaign, execution: ExecutionId, candidate: Candidate) -> Delivery | Rejection:
    """Rule 12: the candidate's message, or why it cannot be rendered."""
    recipient, plan = candidate.recipient, candidate.plan
    content = content_for(campaign, plan, recipient.locale, candidate.attributes)
    if content is None:
        detail = f"Campaign {campaign.id!r} has no {plan.channel} content in its default locale."
        return Rejection(Reason.RENDER_FAILED, detail, recipient, plan.channel)
    variables = {
        "context": merge(campaign.context, recipient.context),
        "profile": candidate.attributes,
        "recipient": {"namespace": recipient.namespace, "userId": recipient.user_id},
    }
    rendered = _rendered(content, variables)
    if not isinstance(rendered, Rendered):
        return Rejection(*_fault(rendered, content.locale), recipient, plan.channel)
    return Delivery(
        delivery_id(execution, recipient.namespace, recipient.user_id, plan.channel),
        recipient,
        plan,
        candidate.address,
        content.locale,
        delivery_content(plan.channel, rendered.parts),
    )


def _rendered(
    content: Content, variables: Mapping[str, object]
) -> Rendered | MissingVariables | RenderFailed | ContentTooLarge:
    try:
        return render(content.message, variables, max_bytes=CONTENT_BYTES_MAX)
    except TemplateError as error:
        # A review refuses such a template, so it was activated by an older Clarion with wider rules.
        return RenderFailed(f"The template cannot be compiled: {error}")


def _fault(rendered: MissingVariables | RenderFailed | ContentTooLarge, locale: str) -> tuple[Reason, str]:
    match rendered:
        case MissingVariables(names):
            return Reason.MISSING_CONTEXT, bounded(f"The template needs {enumerated(names)}.")
        case RenderFailed(detail):
            return Reason.RENDER_FAILED, bounded(f"In the content for {locale}: {detail}")
        case ContentTooLarge():
            detail = f"The message would have more than {CONTENT_BYTES_MAX:,} bytes."
            return Reason.CONTENT_TOO_LARGE, detail


def delivery_content(channel: Channel, parts: Mapping[str, str]) -> Mapping[str, object]:
    """A delivery's `content`, of the parts of its message."""
    if channel is not Channel.PUSH:
        return parts
    content: JsonObject = {name: text for name, text in parts.items() if not name.startswith("data.")}
    if data := {name.removeprefix("data."): text for name, text in parts.items() if name.startswith("data.")}:
        content["data"] = data
    return content


def content_for(
    campaign: Campaign, plan: CampaignChannel, locale: str | None, attributes: JsonObject
) -> Content | None:
    """The content in the recipient's locale, which goes before the profile's language."""
    language = attributes.get("preferredLanguage")
    if locale is None and language is None:
        return plan.contents.get(campaign.default_locale)
    return plan.contents.get(choose_locale(plan, (locale, language), campaign.default_locale))


def choose_locale(plan: CampaignChannel, wanted: Iterable[object], default: str) -> str:
    """The first of the wanted locales that the channel has (`sv-SE` falls back to `sv`), else the default."""
    for each in wanted:
        locale = fold_locale(each) if isinstance(each, str) else ""
        while locale:
            if locale in plan.contents:
                return locale
            locale = locale.rpartition("-")[0]
    return default
