"""The templates of a campaign's file, one by one, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from consumer.template.reading import Reading, read_template
from consumer.template.render import Template, compile_template
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.content import Templates, content_path, contents


@dataclass(frozen=True, slots=True)
class TemplateSource:
    path: str
    """Where in the file: `channels.push.content.en.data.link`."""
    channel: Channel
    treatment: str | None
    locale: str
    """As the campaign's author spells it."""
    part: str
    text: str

    @property
    def message(self) -> str:
        """The path of the message that it is a part of: `channels.push.content.en`."""
        return self.path.removesuffix(f".{self.part}")

    def compile(self) -> Template:
        """Raises TemplateError."""
        return compile_template(self.text, autoescape=self.part == "html", header=self.part == "subject")

    def read(self) -> Reading:
        """Raises TemplateError."""
        return read_template(self.text)


@dataclass(frozen=True, slots=True)
class MessageSource:
    """All templates of one message."""

    path: str
    channel: Channel
    treatment: str | None
    locale: str
    templates: Templates


def message_sources(file: CampaignFile) -> Iterator[MessageSource]:
    """Every message of every channel, treatment and locale."""
    for channel, settings in file.channels.used().items():
        for treatment, content in contents(settings).items():
            for locale, templates in content.items():
                path = f"{content_path(channel, treatment)}.{locale}"
                yield MessageSource(path, channel, treatment, locale, templates)


def template_sources(file: CampaignFile) -> Iterator[TemplateSource]:
    """Every template of every message."""
    for message in message_sources(file):
        written = message.templates.model_dump(exclude_none=True)
        written |= {f"data.{key}": text for key, text in written.pop("data", {}).items()}
        for part, text in written.items():
            path = f"{message.path}.{part}"
            yield TemplateSource(path, message.channel, message.treatment, message.locale, part, text)
