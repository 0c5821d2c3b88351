"""Attachments: what a trigger gives for a recipient's e-mail, carried unchanged into its delivery."""

from typing import Annotated, Final, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from schemas.json import canonical

ATTACHMENTS_MAX: Final = 10
ATTACHMENTS_BYTES_MAX: Final = 10_000
"""All attachments of a recipient together, as compact UTF-8 JSON."""


# The e-mail service makes headers of them; see BREAKS_OR_CONTROLS of characters.py.
_HeaderText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]


# Carried unchanged, so what else a client sends is kept.
@with_config(ConfigDict(strict=True, extra="allow"))
class Attachment(TypedDict):
    """A file that the e-mail service finds at the source or url; Clarion passes it on and reads nothing."""

    name: NotRequired[_HeaderText]
    contentType: NotRequired[_HeaderText]
    source: NotRequired[str]
    url: NotRequired[str]


def _within_size(attachments: list[Attachment]) -> list[Attachment]:
    if (size := len(canonical(attachments))) > ATTACHMENTS_BYTES_MAX:
        raise ValueError(f"they have {size:,} bytes in all; at most {ATTACHMENTS_BYTES_MAX:,} are allowed")
    return attachments


Attachments = Annotated[
    list[Attachment],
    Field(max_length=ATTACHMENTS_MAX, description="For the e-mail; at most 10,000 bytes in all."),
    AfterValidator(_within_size),
]
