"""What an operation on campaigns is refused for, and what a review finds: without what finds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.channel import Channel

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    """As in the table of consumer/campaigns/review/table.py."""
    severity: Severity
    path: str
    """Where in the campaign's file: `channels.email.content.en.subject`."""
    sentence: str
    fix: str
    """What to do about it, as a sentence."""
    channel: Channel | None = None
    locale: str | None = None
    line: int | None = None
    """Of the template that the path names; of the file, where a file is checked."""

    @property
    def place(self) -> str:
        """`channels.email.content.en.html, line 3`."""
        return f"{self.path}, line {self.line}" if self.line else self.path

    def document(self) -> dict[str, object]:
        """The finding as JSON shows it."""
        names = ("code", "severity", "path", "channel", "locale", "line", "sentence", "fix")
        return {name: getattr(self, name) for name in names}


class LifecycleError(Exception):
    """The campaign's state does not allow it; the message says why, and what does."""

    def __init__(self, sentence: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(sentence)
        self.findings = findings


class SetRefusedError(LifecycleError):
    """Some files of a set are refused, so none is applied."""

    def __init__(self, refusals: Sequence[LifecycleError], files: int) -> None:
        nothing = f" Nothing is applied of the {files} files." if files > 1 else ""
        super().__init__(
            "\n".join(map(str, refusals)) + nothing,
            [finding for refusal in refusals for finding in refusal.findings],
        )


class UnknownCampaignError(LifecycleError):
    """There is no such campaign."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(f"There is no campaign '{campaign_id}'; see `clarion campaigns list`.")


class UnknownVersionError(LifecycleError):
    """The campaign has no such version."""

    def __init__(self, campaign_id: str, number: int, last: int) -> None:
        super().__init__(f"Campaign '{campaign_id}' has no version {number}; its last is {last}.")


class OvertakenError(LifecycleError):
    """The campaign is no longer as somebody has seen it who is about to change it."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(
            f"Campaign '{campaign_id}' was changed by somebody else; read it again, and change that."
        )
