"""Executions as `clarion executions` presents them. Lists name no recipient; one asked for by its id does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cli.output import shown
from cli.preview_views import explained_text

COLUMNS: Final = [
    "executedAt", "campaignId", "version", "requestId", "attempt", "outcomes", "reasons", "executionId",
]  # fmt: skip
OUTCOME_COLUMNS: Final = ["recipient", "channel", "outcome", "reason", "deliveryId"]
_SELDOM: Final = ["treatment", "state", "releaseAt", "detail"]


def outcome_columns(outcomes: Sequence[Mapping[str, object]]) -> list[str]:
    """Those that most outcomes have, and those that one of these has."""
    return [*OUTCOME_COLUMNS, *(name for name in _SELDOM if any(name in outcome for outcome in outcomes))]


def head_line(shown: Mapping[str, object]) -> str:
    campaign = f" of campaign '{shown['campaignId']}'" if shown["campaignId"] else ""
    execution = f", execution {shown['executionId']}" if shown["executionId"] else ""
    return f"Request '{shown['requestId']}'{campaign}{execution}"


def attempt_line(attempt: Mapping[str, object]) -> str:
    version = attempt["campaignVersion"]
    by = f" by version {version}" if version is not None else ""
    return (
        f"Attempt {attempt['attempt']}: received {_time(attempt['receivedAt'])} at {attempt['source']}, "
        f"decided {_time(attempt['decidedAt'])}{by}"
    )


def explained_attempt(attempt: Mapping[str, Any]) -> str:
    """When it was decided, by which version; then each recipient and channel, rule by rule."""
    version = attempt["campaignVersion"]
    by = f" by version {version}" if version is not None else ""
    settings = ", ".join(f"{name}={shown(value)}" for name, value in attempt["campaign"].items())
    lines = [f"Attempt {attempt['attempt']}: decided {_time(attempt['decidedAt'])}{by}"]
    lines += [f"  {settings}"] if settings else []
    return "\n".join([*lines, *map(explained_text, attempt["explained"])])


def letter_lines(letter: Mapping[str, object]) -> list[str]:
    """What failed, and what became of it."""
    lines = [f"Dead letter {letter['at']}, {letter['reason']}: {letter['detail']}"]
    resolution = letter["resolution"]
    if isinstance(resolution, Mapping):
        done = "replayed" if resolution["action"] == "replay" else f"{resolution['action']}ed"
        how = " with changes" if resolution["isPatched"] else ""
        note = f": {resolution['note']}" if resolution["note"] else ""
        lines.append(
            f"  {done}{how} {_time(resolution['at'])} by {resolution['operator']}, "
            f"run {resolution['runId']}{note}"
        )
    elif letter["releaseAt"]:
        lines.append(f"  waits: released {_time(letter['releaseAt'])} by `clarion dead-letters release`")
    else:
        lines.append(f"  open: see `clarion dead-letters show {letter['at']}`")
    return lines


def _time(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
