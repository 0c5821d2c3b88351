"""The messages with the sample's values: whether they can be rendered, and how long they are."""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from consumer.campaigns.errors import Finding
from consumer.campaigns.review.segments import Segments, count_segments
from consumer.campaigns.review.table import found
from consumer.campaigns.sample import sample_variables
from consumer.campaigns.templates import message_sources
from consumer.campaigns.variables import Variable
from consumer.rules.campaign import Content
from consumer.rules.compose import CONTENT_BYTES_MAX, delivery_content
from consumer.template.evaluation import WORK_LIMIT
from consumer.template.names import Path
from consumer.template.render import Rendered, RenderFailed, TemplateError, render_bounded
from schemas.campaign import CampaignFile
from schemas.channel import Channel

SUBJECT_CHARACTERS_MAX: Final = 78
"""RFC 5322, section 2.1.1, of a whole line; what programs show is less."""
HTML_BYTES_MAX: Final = 100_000
"""Gmail clips what is over 102 kB."""
PUSH_BYTES_MAX: Final = 4_096
"""APNs and FCM refuse more."""
_LEAST_WORK: Final = 100_000


def review_messages(file: CampaignFile, variables: Mapping[Path, Variable]) -> Iterator[Finding]:
    """Bounded in time: all messages together do little more work than one may do when it is sent."""
    values, always_fail = sample_variables(file, variables), 0
    contents = [
        (message.channel, message.path, Content(message.locale, message.templates))
        for message in message_sources(file)
    ]
    work = max(WORK_LIMIT // len(contents), _LEAST_WORK) if contents else 0
    for channel, path, content in contents:
        try:
            answer = render_bounded(content.message, values, max_bytes=CONTENT_BYTES_MAX, work=work)
        except TemplateError:
            continue
        if isinstance(answer, Rendered):
            yield from _review_rendered(channel, path, answer.parts)
            continue
        certain = (
            not variables
            and not always_fail
            and not isinstance(render_bounded(content.message, values, max_bytes=CONTENT_BYTES_MAX), Rendered)
        )
        always_fail += certain
        yield found("never_renders" if certain else "sample_fails", path, problem=_problem(answer))


def _problem(answer: object) -> str:
    if isinstance(answer, RenderFailed):
        return answer.detail.rstrip(".")
    return "a variable is missing" if hasattr(answer, "names") else "it is larger than a message may be"


def _review_rendered(channel: Channel, path: str, parts: Mapping[str, str]) -> Iterator[Finding]:
    if channel is Channel.EMAIL:
        if (length := len(parts["subject"])) > SUBJECT_CHARACTERS_MAX:
            yield found("long_subject", f"{path}.subject", length=length)
        if (size := len(parts.get("html", "").encode())) > HTML_BYTES_MAX:
            yield found("large_html", f"{path}.html", size=size)
    elif channel is Channel.SMS:
        if (segments := count_segments(parts["text"])).number > 1:
            yield _many_segments(f"{path}.text", segments)
    elif (size := len(orjson.dumps(delivery_content(channel, parts)))) > PUSH_BYTES_MAX:
        yield found("large_push", path, size=size)


def _many_segments(path: str, segments: Segments) -> Finding:
    odd = f", or do without {segments.odd!r}, which GSM-7 lacks" if segments.odd else ""
    return found(
        "sms_segments",
        path,
        segments=segments.number,
        encoding=segments.encoding,
        length=segments.length,
        most=segments.most_in_one,
        odd=odd,
    )
