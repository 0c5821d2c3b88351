"""The review before a campaign is activated: what would keep it from working, what may surprise. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from consumer.campaigns.errors import Finding
from consumer.campaigns.review_experiment import experiment_mistakes
from consumer.campaigns.templates import TemplateSource, template_sources
from consumer.rules.campaign import fold_locale
from consumer.template.render import TemplateError
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.content import content_path, contents
from schemas.namespace import ADDRESS_NAMESPACE

_ROOTS = ("context", "profile", "recipient")
_RECIPIENT = {"recipient.namespace", "recipient.userId"}
_MISTAKEN_NAMESPACES = {
    "e-mail": "email",
    "mail": "email",
    "mobile": "phone",
    "push": "ecid",
    "sms": "phone",
    "tel": "phone",
    "telephone": "phone",
}
"""What people write for a channel's own namespace: as custom namespaces they are hardly ever meant."""


def review(
    file: CampaignFile, configurations: Mapping[str, ChannelConfiguration], now: datetime
) -> list[Finding]:
    """All findings, errors first. With an error among them a campaign is not activated."""
    findings = [
        *_review_dates(file, now),
        *_review_lane(file),
        *_review_namespace(file),
        *_review_people(file),
        *_review_channels(file, configurations),
        *(_error(path, sentence) for path, sentence in experiment_mistakes(file)),
        *(finding for source in template_sources(file) for finding in _review_template(file, source)),
    ]
    return sorted(findings, key=lambda finding: finding.severity != "error")


def _error(path: str, sentence: str) -> Finding:
    return Finding("error", path, sentence)


def _warning(path: str, sentence: str) -> Finding:
    return Finding("warning", path, sentence)


def _review_dates(file: CampaignFile, now: datetime) -> Iterator[Finding]:
    if file.start and file.end and file.start >= file.end:
        yield _error("end", "The end must come after the start.")
    elif file.end and file.end <= now:
        yield _warning("end", "The end has passed: every trigger would be rejected as after_end.")


def _review_lane(file: CampaignFile) -> Iterator[Finding]:
    if file.lane != "high-throughput":
        return
    if file.type != "transactional":
        yield _error("lane", "The high-throughput lane takes transactional campaigns only.")
    if file.create_profiles:
        yield _error("createProfiles", "The high-throughput lane has no profiles, so it cannot create them.")


def _review_namespace(file: CampaignFile) -> Iterator[Finding]:
    if meant := _MISTAKEN_NAMESPACES.get(file.namespace):
        yield _warning(
            "namespace",
            f"In the namespace '{file.namespace}' no channel uses the userId as an address; "
            f"did you mean '{meant}'?",
        )
        return
    has_no_profiles = file.create_profiles or file.lane == "high-throughput"
    uses_user_id = any(ADDRESS_NAMESPACE.get(channel) == file.namespace for channel in file.channels.used())
    if has_no_profiles and not uses_user_id:
        channels = " or ".join(file.channels.used())
        yield _warning(
            "namespace",
            f"A userId in '{file.namespace}' is no address for {channels}, and a recipient without a profile "
            "has no other: each trigger must give it in channelData.",
        )


def _review_people(file: CampaignFile) -> Iterator[Finding]:
    if "system" in file.context:
        yield _error("context.system", "The context's member 'system' is reserved.")
    if file.type == "marketing" and file.create_profiles:
        yield _warning(
            "createProfiles",
            "A profile just created has not consented: it gets no message, unless CLARION_CONSENT_DEFAULT is "
            "opt-out.",
        )


def _review_channels(
    file: CampaignFile, configurations: Mapping[str, ChannelConfiguration]
) -> Iterator[Finding]:
    for channel, settings in file.channels.used().items():
        path, name = f"channels.{channel}", settings.configuration
        if name not in configurations:
            yield _error(
                f"{path}.configuration",
                f"There is no channel configuration '{name}'; add it with `clarion channels apply`.",
            )
        elif configurations[name].channel is not channel:
            yield _error(
                f"{path}.configuration",
                f"The configuration '{name}' is for {configurations[name].channel}, not for {channel}.",
            )
        for treatment, content in contents(settings).items():
            if content:
                place = content_path(channel, treatment)
                yield from _review_locales(place, list(content), file.default_locale)


def _review_locales(path: str, locales: list[str], default: str) -> Iterator[Finding]:
    folded = [fold_locale(locale) for locale in locales]
    if fold_locale(default) not in folded:
        yield _error(path, f"There is no content in the default locale '{default}'.")
    for position, locale in enumerate(folded):
        if locale in folded[:position]:
            yield _error(f"{path}.{locales[position]}", "This locale is given twice, in two spellings.")


def _review_template(file: CampaignFile, source: TemplateSource) -> Iterator[Finding]:
    try:
        variables = source.compile().variables
    except TemplateError as error:
        yield _error(source.path, f"The template cannot be used: {error}.")
        return
    for variable in sorted(variables):
        yield from _review_variable(file, source.path, variable)


def _review_variable(file: CampaignFile, path: str, variable: str) -> Iterator[Finding]:
    root = variable.partition(".")[0].partition("[")[0]
    if root not in _ROOTS:
        yield _error(
            path,
            f"The variable '{variable}' does not exist; write context.{variable}, or profile or recipient.",
        )
    elif root == "recipient" and variable not in _RECIPIENT | {"recipient"}:
        yield _error(path, f"There is no '{variable}'; a recipient has namespace and userId.")
    elif variable.startswith("context.system"):
        yield _error(path, "The context's member 'system' is reserved, so it is never there.")
    elif root == "profile" and file.lane == "high-throughput":
        yield _warning(path, f"'{variable}' must come with each trigger: this lane has no stored profiles.")
