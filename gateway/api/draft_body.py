"""A campaign's draft as it is sent: the campaign file, in JSON or in YAML."""

from collections.abc import Sequence
from typing import Final

from gateway.api.bodies import JSON, read_json
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import Shape, ref

_YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


class DraftBody:
    """The document; whether it is a campaign is looked at with the id of the path."""

    media_types: Sequence[str] = (JSON,)
    shape: Shape = ref("Draft")
    is_required = True

    def read(self, content: bytes, media_type: str) -> object:  # noqa: ARG002 - as Body has it
        document = read_json(content)
        if not isinstance(document, dict):
            raise RefusalError(
                invalid("The body must hold fields with their values, as a campaign file does.")
            )
        return document


DRAFT: Final = DraftBody()
