"""A campaign as the rules see it: what the registry knows, templates compiled once for each version."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, cast

from consumer.rules.experiment import Experiment, build_experiment
from consumer.template.render import Message, compile_template
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel
from schemas.content import Templates, UsedChannel, contents
from schemas.json import JsonObject, without_nulls


class Content:
    """The templates of one channel in one locale.

    Compiled when first needed: a registry of ten thousand campaigns is ready at once.
    """

    def __init__(self, locale: str, templates: Templates) -> None:
        self.locale = locale
        """As the campaign's author spells it."""
        self._templates = templates

    @cached_property
    def message(self) -> Message:
        """The compiled templates; a push's data has parts named `data.<key>`.

        Raises TemplateError when one cannot be compiled, which a review reports before activation.
        """
        written = self._templates.model_dump(exclude_none=True)
        data = written.pop("data", {})
        written |= {f"data.{key}": source for key, source in data.items()}
        return Message(
            {
                part: compile_template(source, autoescape=part == "html", header=part == "subject")
                for part, source in written.items()
            }
        )


@dataclass(frozen=True, slots=True)
class CampaignChannel:
    channel: Channel
    configuration: str
    sender: JsonObject
    contents: Mapping[str, Content]
    """By locale, spelled as `fold_locale` does; empty where each treatment has its own."""
    treatment: str | None = None
    """Which this is, if it is a treatment's."""
    treatments: Mapping[str, "CampaignChannel"] = field(default_factory=dict)
    """The channel as each treatment has it, by name."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One immutable version of a campaign, ready to be executed."""

    id: str
    version: int
    message_type: Literal["transactional", "marketing"]
    namespace: str
    create_profiles: bool
    start: datetime | None
    end: datetime | None
    max_age: timedelta | None
    lane: Literal["unitary", "high-throughput"]
    default_locale: str
    context: JsonObject
    channels: tuple[CampaignChannel, ...]
    audience: str | None = None
    """The audience it is executed for unless a call names another."""
    throttle: int | None = None
    """Messages a second, when it is executed for an audience."""
    labels: frozenset[str] = frozenset()
    """Access labels: no rule asks for them, the doors do."""
    experiment: Experiment | None = None
    rule_set: str | None = None
    """By its id; only marketing campaigns obey one."""

    def expires_at(self, triggered_at: datetime) -> datetime | None:
        """From when on a message of a trigger of that time must not be sent: the campaign's end or maxAge."""
        if self.max_age is None:
            return self.end
        too_old = triggered_at + self.max_age
        return min(self.end, too_old) if self.end else too_old


@dataclass(frozen=True, slots=True)
class NotLive:
    """A campaign that exists, but has no live version."""

    status: Literal["draft", "paused", "stopped", "archived"]
    version: int
    labels: frozenset[str] = frozenset()


def fold_locale(locale: str) -> str:
    """One spelling for `sv-SE`, `sv_SE` and `sv-se`: BCP 47 tags are compared without case."""
    return locale.replace("_", "-").lower()


def build_campaign(
    version: int, file: CampaignFile, configurations: Mapping[str, ChannelConfiguration]
) -> Campaign:
    """The version that `file` defines. Raises KeyError when a channel configuration does not exist."""
    return Campaign(
        id=file.id,
        version=version,
        message_type=file.type,
        namespace=file.namespace,
        create_profiles=file.create_profiles,
        start=file.start,
        end=file.end,
        max_age=file.max_age,
        lane=file.lane,
        default_locale=fold_locale(file.default_locale),
        context=cast("JsonObject", without_nulls(file.context)),
        channels=tuple(
            _build_channel(channel, settings, configurations)
            for channel, settings in file.channels.used().items()
        ),
        audience=file.audience,
        throttle=file.throttle,
        labels=frozenset(file.labels),
        experiment=build_experiment(file.experiment, file.channels),
        rule_set=file.rule_set,
    )


def _build_channel(
    channel: Channel, settings: UsedChannel, configurations: Mapping[str, ChannelConfiguration]
) -> CampaignChannel:
    name = settings.configuration
    plan = CampaignChannel(channel, name, configurations[name].sender, {})
    made = {
        treatment: replace(plan, contents=_build_contents(templates), treatment=treatment)
        for treatment, templates in contents(settings).items()
    }
    common = made.pop(None, plan)
    return replace(common, treatments={name: each for name, each in made.items() if name is not None})


def _build_contents(templates: Mapping[str, Templates]) -> Mapping[str, Content]:
    return {fold_locale(locale): Content(locale, written) for locale, written in templates.items()}
