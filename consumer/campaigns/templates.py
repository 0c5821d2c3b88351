"""The templates of a campaign's file, one by one, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from consumer.template.render import Template, compile_template
from schemas.campaign import CampaignFile
from schemas.content import Templates, content_path, contents


@dataclass(frozen=True, slots=True)
class TemplateSource:
    path: str
    """Where in the file: `channels.push.content.en.data.link`."""
    part: str
    text: str

    def compile(self) -> Template:
        """Raises TemplateError."""
        return compile_template(self.text, autoescape=self.part == "html", header=self.part == "subject")


def template_sources(file: CampaignFile) -> Iterator[TemplateSource]:
    """Every template of every channel, treatment and locale."""
    for channel, settings in file.channels.used().items():
        for treatment, content in contents(settings).items():
            for locale, templates in content.items():
                path = f"{content_path(channel, treatment)}.{locale}"
                yield from _sources(path, templates)


def _sources(path: str, templates: Templates) -> Iterator[TemplateSource]:
    written = templates.model_dump(exclude_none=True)
    written |= {f"data.{key}": text for key, text in written.pop("data", {}).items()}
    for part, text in written.items():
        yield TemplateSource(f"{path}.{part}", part, text)
