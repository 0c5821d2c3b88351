"""Campaigns and channel configurations as people write them: every field checked, a typing error refused."""

from datetime import UTC
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic.alias_generators import to_camel

from schemas.channel import Channel
from schemas.characters import BREAKS_OR_CONTROLS, code_point
from schemas.duration import Duration
from schemas.json import JsonObject
from schemas.moment import BeyondCalendarError, UtcMoment, read_moment
from schemas.namespace import Namespace
from schemas.trigger_wire import Name

NO_LINE_BREAKS = r"^[^\x00-\x1f\x7f-\x9f]*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_LINE_BREAKS)]
Source = Annotated[str, StringConstraints(max_length=500_000)]
"""A template's source text."""


def _refuse_unstorable(value: object) -> None:
    # PostgreSQL's jsonb cannot hold U+0000, nor the wire's JSON an integer beyond 64 bits.
    match value:
        case str() if "\x00" in value:
            raise ValueError("must not contain the character U+0000")
        case int() if not -(2**63) <= value < 2**64:
            raise ValueError("must not contain an integer beyond 64 bits")
        case dict():
            for name, member in value.items():
                _refuse_unstorable(name)
                _refuse_unstorable(member)
        case list():
            for element in value:
                _refuse_unstorable(element)


def _written_moment(value: object) -> object:
    # pydantic would take a number, in quotes or not, for the seconds since 1970.
    if isinstance(value, str):
        try:
            return read_moment(value.strip())
        except BeyondCalendarError:
            raise
        except ValueError:
            raise ValueError(_WRITE_A_MOMENT) from None
    if isinstance(value, int | float):
        raise ValueError(_WRITE_A_MOMENT)  # noqa: TRY004 - it becomes a violation, with its path
    return value


_WRITE_A_MOMENT = "write a date and time with its zone, such as 2026-06-01T00:00:00+02:00"
Moment = Annotated[UtcMoment, BeforeValidator(_written_moment)]


class _Written(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, extra="forbid", frozen=True
    )


class EmailTemplates(_Written):
    """At least one of html and text."""

    subject: Source
    html: Source | None = None
    text: Source | None = None

    @model_validator(mode="after")
    def _has_a_body(self) -> Self:
        if self.html is None and self.text is None:
            raise ValueError("an e-mail needs html, text or both")
        return self


class SmsTemplates(_Written):
    text: Source


class PushTemplates(_Written):
    title: Source
    body: Source
    data: dict[str, Source] | None = None


Templates = EmailTemplates | SmsTemplates | PushTemplates
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]


class _Channel(_Written):
    configuration: Name


class EmailChannel(_Channel):
    content: Annotated[dict[Locale, EmailTemplates], Field(min_length=1)]


class SmsChannel(_Channel):
    content: Annotated[dict[Locale, SmsTemplates], Field(min_length=1)]


class PushChannel(_Channel):
    content: Annotated[dict[Locale, PushTemplates], Field(min_length=1)]


class Channels(_Written):
    email: EmailChannel | None = None
    sms: SmsChannel | None = None
    push: PushChannel | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not self.used():
            raise ValueError("a campaign needs at least one channel")
        return self

    def used(self) -> dict[Channel, EmailChannel | SmsChannel | PushChannel]:
        """The channels that the campaign has, in the order in which they are tried."""
        written = {Channel.EMAIL: self.email, Channel.SMS: self.sms, Channel.PUSH: self.push}
        return {channel: settings for channel, settings in written.items() if settings is not None}


class CampaignFile(_Written):
    """One campaign, as in config/campaigns/*.yaml."""

    id: Name
    title: Line
    description: str = ""
    tags: list[Line] = []
    labels: list[Line] = Field(default=[], description="Access labels.")
    type: Literal["transactional", "marketing"]
    namespace: Namespace = Field(description="Recipients must be named in this namespace, in any case.")
    create_profiles: bool = Field(default=False, description="Whether unknown recipients get a profile.")
    start: Moment | None = Field(default=None, description="Inclusive; a time zone is required.")
    end: Moment | None = Field(default=None, description="Exclusive; a time zone is required.")
    max_age: Duration | None = Field(default=None, description="A trigger older than this is `expired`.")
    lane: Literal["unitary", "high-throughput"] = "unitary"
    default_locale: Locale = "en"
    context: dict[str, object] = Field(default={}, description="Defaults, under the trigger's own context.")
    audience: Name | None = Field(
        default=None, description="The audience it is executed for, unless the call names another."
    )
    throttle: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Messages a second at most, when it is executed for an audience."
    )
    channels: Channels

    @model_validator(mode="after")
    def _is_storable(self) -> Self:
        _refuse_unstorable(self.model_dump(mode="json"))
        return self

    def definition(self) -> JsonObject:
        """What a version stores: plain JSON, instants in UTC, equal for files that mean the same."""
        document = self.model_dump(mode="json", exclude_none=True)
        for bound in ("start", "end"):
            if moment := getattr(self, bound):
                document[bound] = moment.astimezone(UTC).isoformat()
        return document


class ChannelConfiguration(_Written):
    """Named sender settings of a channel (AJO: surface); all but `channel` becomes a delivery's `sender`."""

    model_config = ConfigDict(extra="allow")

    channel: Channel

    @property
    def sender(self) -> JsonObject:
        return dict(self.model_extra or {})


def _one_line_each(configuration: ChannelConfiguration) -> ChannelConfiguration:
    # Channel services make headers of them. Checked in files only: what is stored must stay readable.
    for name in ("from", "replyTo", "listUnsubscribe"):
        value = configuration.sender.get(name)
        if isinstance(value, str) and (odd := BREAKS_OR_CONTROLS.search(value)):
            raise ValueError(
                f"{name} must be one line without control characters, and holds {code_point(odd[0])}"
            )
    return configuration


ChannelsFile = TypeAdapter(dict[Name, Annotated[ChannelConfiguration, AfterValidator(_one_line_each)]])
"""config/channels.yaml: channel configurations by name."""
