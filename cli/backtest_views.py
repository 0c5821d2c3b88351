"""What a backtest found, as `clarion campaigns backtest` prints it.

Rendered content is personal and may hold secrets: without `--reveal` only its length is shown.
"""

from collections.abc import Iterator
from difflib import unified_diff

from consumer.backtest import Comparison, Example, Verdict

Document = dict[str, object]


def change_rows(comparison: Comparison) -> list[Document]:
    return [
        {"before": before, "after": after, "count": count}
        for (before, after), count in comparison.changes.most_common()
    ]


def example_documents(comparison: Comparison, *, reveal: bool) -> list[Document]:
    return [_document(example, reveal=reveal) for found in comparison.examples.values() for example in found]


def _document(example: Example, *, reveal: bool) -> Document:
    document: Document = {
        "requestId": example.request_id,
        "at": example.at,
        "channel": example.channel,
        "before": example.before.label,
        "after": example.after.label,
        "detail": example.after.detail or example.before.detail,
        "parts": {name: _lengths(example, name) for name in _differing(example)},
    }
    if reveal:
        document["recipient"] = example.recipient
        document["diff"] = list(diff(example))
    return document


def example_lines(example: Example, *, reveal: bool) -> Iterator[str]:
    """For people: what changed, where, and with `reveal` how."""
    who = f" to {example.recipient}" if reveal and example.recipient else ""
    channel = f", {example.channel}" if example.channel else ""
    yield f"Request '{example.request_id}' at {example.at}{channel}{who}:"
    if example.before.label != example.after.label:
        yield f"  {_told(example.before)} -> {_told(example.after)}"
    if reveal:
        yield from (f"  {line}" for line in diff(example))
    elif parts := _differing(example):
        lengths = {name: _lengths(example, name) for name in parts}
        said = (f"{name} {length['before']} -> {length['after']}" for name, length in lengths.items())
        yield f"  characters: {', '.join(said)}"


def diff(example: Example) -> Iterator[str]:
    """Each part that differs, as a unified diff."""
    for name in _differing(example):
        before, after = (
            verdict.parts.get(name, "").splitlines() for verdict in (example.before, example.after)
        )
        yield from unified_diff(before, after, f"before: {name}", f"after: {name}", lineterm="")


def _differing(example: Example) -> list[str]:
    """Only of what both versions deliver."""
    before, after = example.before.parts, example.after.parts
    if not before or not after:
        return []
    return [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]


def _lengths(example: Example, name: str) -> dict[str, int]:
    return {
        "before": len(example.before.parts.get(name, "")),
        "after": len(example.after.parts.get(name, "")),
    }


def _told(verdict: Verdict) -> str:
    return f"{verdict.label} ({verdict.detail})" if verdict.detail else verdict.label
