"""Previews and explanations as people read them."""

from collections.abc import Mapping
from typing import Any

from cli.output import shown
from consumer.preview.preview import Previewed


def html_of(previewed: Previewed) -> str | None:
    html = previewed.message.content.get("html") if previewed.message else None
    return html if isinstance(html, str) else None


def preview_text(document: Mapping[str, Any]) -> str:
    """Who gets what, or why not; then the message, part by part."""
    lines = [f"{document['recipient'] or 'The trigger'}  {document['channel'] or ''}".rstrip()]
    lines.append(f"  {_verdict(document)}")
    if document["locale"]:
        treatment = f", treatment {document['treatment']}" if document["treatment"] else ""
        lines.append(f"  locale {document['locale']}{treatment}")
    for part, text in (document["content"] or {}).items():
        if part == "html":
            lines.append(f"  html: {document['file']}")
        else:
            lines.append(f"  {part}: {shown(text)}")
    return "\n".join(lines)


def explained_text(document: Mapping[str, Any]) -> str:
    """A line for each rule."""
    lines = [f"{document['recipient'] or 'The trigger'}  {document['channel'] or ''}: {document['outcome']}"]
    for rule in document["rules"]:
        values = ", ".join(f"{name}={shown(value)}" for name, value in rule["values"].items())
        lines.append(f"  rule {rule['rule']:>2}  {rule['verdict']:<11}  {rule['requires']}")
        if rule["detail"] or rule["reason"]:
            lines.append(f"           {rule['reason']}: {rule['detail'] or ''}".rstrip(": "))
        if values:
            lines.append(f"           {values}")
    return "\n".join(lines)


def _verdict(document: Mapping[str, Any]) -> str:
    if document["outcome"] == "delivery":
        return "would be delivered"
    rule = f", rule {document['rule']}" if document["rule"] else ""
    detail = f": {document['detail']}" if document["detail"] else ""
    return f"{document['outcome']}, {document['reason']}{rule}{detail}"
