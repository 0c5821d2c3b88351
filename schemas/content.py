"""What a campaign sends by each channel: templates by locale, for all alike or by treatment."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.channel import Channel
from schemas.trigger_wire import Name
from schemas.written import Source, Written


class EmailTemplates(Written):
    """At least one of html and text."""

    subject: Source
    html: Source | None = None
    text: Source | None = None

    @model_validator(mode="after")
    def _has_a_body(self) -> Self:
        if self.html is None and self.text is None:
            raise ValueError("an e-mail needs html, text or both")
        return self


class SmsTemplates(Written):
    text: Source


class PushTemplates(Written):
    title: Source
    body: Source
    data: dict[str, Source] | None = None


Templates = EmailTemplates | SmsTemplates | PushTemplates
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]


Weight = Annotated[
    float, Field(ge=0, le=100, description="Percentage of the people in the experiment; all add up to 100.")
]


class EmailTreatment(Written):
    weight: Weight
    content: dict[Locale, EmailTemplates] = Field(default={})


class SmsTreatment(Written):
    weight: Weight
    content: dict[Locale, SmsTemplates] = Field(default={})


class PushTreatment(Written):
    weight: Weight
    content: dict[Locale, PushTemplates] = Field(default={})


class _Channel(Written):
    configuration: Name

    @model_validator(mode="after")
    def _has_either(self) -> Self:
        if (getattr(self, "content") is None) == (getattr(self, "treatments") is None):  # noqa: B009
            raise ValueError("a channel needs either content or treatments")
        return self


class EmailChannel(_Channel):
    content: Annotated[dict[Locale, EmailTemplates], Field(min_length=1)] | None = None
    treatments: Annotated[dict[Name, EmailTreatment], Field(min_length=1, max_length=20)] | None = None


class SmsChannel(_Channel):
    content: Annotated[dict[Locale, SmsTemplates], Field(min_length=1)] | None = None
    treatments: Annotated[dict[Name, SmsTreatment], Field(min_length=1, max_length=20)] | None = None


class PushChannel(_Channel):
    content: Annotated[dict[Locale, PushTemplates], Field(min_length=1)] | None = None
    treatments: Annotated[dict[Name, PushTreatment], Field(min_length=1, max_length=20)] | None = None


UsedChannel = EmailChannel | SmsChannel | PushChannel


def contents(settings: UsedChannel) -> Mapping[str | None, Mapping[Locale, Templates]]:
    """A channel's templates by treatment; under None where everybody gets the same."""
    if settings.treatments is None:
        return {None: settings.content or {}}
    return {name: treatment.content for name, treatment in settings.treatments.items()}


def content_path(channel: Channel, treatment: str | None) -> str:
    """Where in the file they are: `channels.email.treatments.a.content`."""
    return f"channels.{channel}{f'.treatments.{treatment}' if treatment else ''}.content"


class Channels(Written):
    email: EmailChannel | None = None
    sms: SmsChannel | None = None
    push: PushChannel | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not self.used():
            raise ValueError("a campaign needs at least one channel")
        return self

    def used(self) -> dict[Channel, UsedChannel]:
        """The channels that the campaign has, in the order in which they are tried."""
        written = {Channel.EMAIL: self.email, Channel.SMS: self.sms, Channel.PUSH: self.push}
        return {channel: settings for channel, settings in written.items() if settings is not None}
