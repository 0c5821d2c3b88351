"""Campaigns and channel configurations as people write them."""

from datetime import UTC
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator

from schemas.channel import Channel
from schemas.characters import BREAKS_OR_CONTROLS, code_point
from schemas.content import Channels, Locale
from schemas.duration import Duration
from schemas.experiment import Experiment, Guard
from schemas.json import JsonObject
from schemas.namespace import Namespace
from schemas.trigger_wire import Name
from schemas.written import Line, Moment, Written, refuse_unstorable


class CampaignFile(Written):
    """One campaign, as in config/campaigns/*.yaml."""

    id: Name
    title: Line
    description: str = ""
    tags: list[Line] = Field(default=[])
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
    rule_set: Name | None = Field(
        default=None, description="The quiet hours and frequency caps that its messages obey."
    )
    experiment: Experiment | None = None
    guard: Guard | None = None
    channels: Channels

    @model_validator(mode="after")
    def _has_an_experiment(self) -> Self:
        has_treatments = any(settings.treatments for settings in self.channels.used().values())
        if has_treatments and self.experiment is None:
            raise ValueError("treatments need `experiment` with a name, from which follows who gets which")
        if self.experiment and not has_treatments and not self.experiment.holdout:
            raise ValueError("an experiment needs treatments in a channel, or a holdout")
        return self

    @model_validator(mode="after")
    def _is_storable(self) -> Self:
        refuse_unstorable(self.model_dump(mode="json"))
        return self

    def written(self) -> JsonObject:
        """The file as a person would write it: in the schema's order, without defaults."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)

    def definition(self) -> JsonObject:
        """What a version stores: plain JSON, instants in UTC, equal for files that mean the same."""
        document = self.model_dump(mode="json", exclude_none=True)
        for bound in ("start", "end"):
            if moment := getattr(self, bound):
                document[bound] = moment.astimezone(UTC).isoformat()
        return document


class ChannelConfiguration(Written):
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
