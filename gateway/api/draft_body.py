"""A campaign's draft as it is sent: the campaign file, in JSON or in YAML."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from consumer.campaigns.documents import UnreadableFileError, parse_document
from gateway.api.bodies import JSON, read_json
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import Shape, ref

_YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


class DraftBody:
    """The document; whether it is a campaign is looked at with the id of the path."""

    media_types: Sequence[str] = (JSON, *_YAML)
    shape: Shape = ref("Draft")
    is_required = True

    def read(self, content: bytes, media_type: str) -> object:
        document = read_json(content) if media_type == JSON else _read_yaml(content)
        if not isinstance(document, dict):
            raise RefusalError(
                invalid("The body must hold fields with their values, as a campaign file does.")
            )
        return document


def _read_yaml(content: bytes) -> object:
    try:
        return parse_document(content, Path("body")).value
    except UnreadableFileError as error:
        faults = {
            f"line {mistake.line}" if mistake.line else "body": mistake.problem for mistake in error.mistakes
        }
        raise RefusalError(invalid("The body is not YAML that can be used.", faults)) from None


DRAFT: Final = DraftBody()
