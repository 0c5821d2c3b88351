"""The channels of a campaign: their configurations, and the languages of their content."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from email.utils import parseaddr

from langcodes import tag_is_valid

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.table import found
from consumer.rules.campaign import fold_locale
from consumer.rules.email_address import ascii_email
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel
from schemas.content import EmailTemplates, content_path, contents


def review_configurations(
    file: CampaignFile, configurations: Mapping[str, ChannelConfiguration]
) -> Iterator[Finding]:
    for channel, settings in file.channels.used().items():
        path, name = f"channels.{channel}.configuration", settings.configuration
        if name not in configurations:
            of_channel = [each for each, known in configurations.items() if known.channel is channel]
            yield found("unknown_configuration", path, name=name, meant=did_you_mean(name, of_channel))
        elif (other := configurations[name].channel) is not channel:
            yield found("mismatching_configuration", path, name=name, other=other, channel=channel)
        elif problem := _unfit(configurations[name]):
            yield found("unfit_configuration", path, name=name, problem=problem)


def did_you_mean(written: str, known: list[str]) -> str:
    """`: did you mean acme-sms?`, or nothing."""
    near = get_close_matches(written, known, n=1)
    return f": did you mean {near[0]}?" if near else ""


def _unfit(configuration: ChannelConfiguration) -> str | None:
    """What keeps a channel service from sending with it, as far as that can be known."""
    sender = configuration.sender
    if configuration.channel is Channel.EMAIL and "from" in sender:
        written = sender["from"]
        if not isinstance(written, str) or not ascii_email(parseaddr(written)[1]):
            return "its `from` has no e-mail address"
    if configuration.channel is Channel.SMS and "from" in sender and not sender["from"]:
        return "its `from` is empty"
    if configuration.channel is Channel.PUSH:
        if "appId" in sender and not (isinstance(sender["appId"], str) and sender["appId"]):
            return "its `appId` is not a text"
        if "platforms" in sender and not (isinstance(sender["platforms"], list) and sender["platforms"]):
            return "its `platforms` is not a list of names"
    return None


def review_locales(file: CampaignFile) -> Iterator[Finding]:
    if not tag_is_valid(fold_locale(file.default_locale)):
        yield found("unknown_locale", "defaultLocale", locale=file.default_locale)
    for channel, settings in file.channels.used().items():
        for treatment, content in contents(settings).items():
            # A treatment without any content is a finding by itself.
            if content:
                path = content_path(channel, treatment)
                yield from _review_content(path, content, file.default_locale)
                yield from _review_html_parts(path, content)


def _review_content(path: str, content: Mapping[str, object], default: str) -> Iterator[Finding]:
    folded = [fold_locale(locale) for locale in content]
    if fold_locale(default) not in folded:
        yield found("no_default_content", path, locale=default)
    for position, locale in enumerate(content):
        if folded[position] in folded[:position]:
            yield found("locale_twice", f"{path}.{locale}")
        elif folded[position] != fold_locale(default) and not tag_is_valid(folded[position]):
            yield found("unknown_locale", f"{path}.{locale}", locale=locale)


def _review_html_parts(path: str, content: Mapping[str, object]) -> Iterator[Finding]:
    emails = {locale: each for locale, each in content.items() if isinstance(each, EmailTemplates)}
    with_html = [locale for locale, templates in emails.items() if templates.html]
    without = [locale for locale in emails if locale not in with_html]
    if with_html and without:
        others, used = ", ".join(without), ", ".join(with_html)
        yield found("html_in_some_languages", f"{path}.{without[0]}", others=others, used=used)
    for locale in with_html:
        if emails[locale].text is None:
            yield found("html_without_text", f"{path}.{locale}")
