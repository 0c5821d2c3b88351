"""Record headers, as JSON Schema: an object of strings by the header's name."""

from typing import Final

from schemas import dead_letter as letter
from schemas import names
from schemas.json import JsonObject
from schemas.reasons import Kind, Reason

_DECIMAL: Final = r"^-?[0-9]+$"
_REASONS: Final = [reason.value for reason in Reason if reason.kind is not Kind.EXCLUSION]

TRACEPARENT: Final[JsonObject] = {
    "type": "string",
    "description": "W3C Trace Context, passed on from the trigger.",
}


def record_headers(schema: str) -> JsonObject:
    """The headers of a record that Clarion makes."""
    return {
        "type": "object",
        "required": ["content-type", letter.SCHEMA],
        "properties": {
            "content-type": {"type": "string", "const": "application/json"},
            letter.SCHEMA: {"type": "string", "const": schema},
            "traceparent": TRACEPARENT,
        },
    }


def _text(description: str, **more: object) -> JsonObject:
    return {"type": "string", "description": description, **more}


DEAD_LETTER: Final[JsonObject] = {
    "type": "object",
    "required": [
        letter.REASON,
        letter.DETAIL,
        letter.ORIGIN_TOPIC,
        letter.ORIGIN_PARTITION,
        letter.ORIGIN_OFFSET,
        letter.ORIGIN_TIMESTAMP,
        letter.ATTEMPT,
        letter.FAILED_AT,
    ],
    "properties": {
        letter.REASON: _text("Why; the first of several.", enum=_REASONS),
        letter.DETAIL: _text("A sentence a person can act on.", maxLength=1_000),
        letter.FAILURES: _text(
            f"JSON as in {names.DEAD_LETTER_FAILURES}; absent when the whole trigger failed.",
            contentMediaType="application/json",
        ),
        letter.ORIGIN_TOPIC: _text("Where the record first lay; a replay goes there."),
        letter.ORIGIN_PARTITION: _text("Its partition there.", pattern=_DECIMAL),
        letter.ORIGIN_OFFSET: _text("Its offset there.", pattern=_DECIMAL),
        letter.ORIGIN_TIMESTAMP: _text("Its timestamp there, in milliseconds since 1970.", pattern=_DECIMAL),
        letter.CAMPAIGN_ID: _text("Absent when the trigger has no valid one."),
        letter.CAMPAIGN_VERSION: _text("The version that was to execute it, if any.", pattern=_DECIMAL),
        letter.REQUEST_ID: _text("Absent when the trigger has no valid one."),
        letter.ATTEMPT: _text("1 for a first try; a replay counts one more.", pattern=_DECIMAL),
        letter.FAILED_AT: _text("RFC 3339, UTC.", format="date-time"),
        letter.RELEASE_AT: _text(
            "When the trigger is released by itself: the end of quiet hours, or the campaign's start.",
            format="date-time",
        ),
    },
    "additionalProperties": {
        "type": "string",
        "description": "The original record's own headers, untouched.",
    },
}

FEEDBACK_INVALID: Final[JsonObject] = {
    "type": "object",
    "required": [
        letter.REASON,
        letter.DETAIL,
        letter.ORIGIN_TOPIC,
        letter.ORIGIN_PARTITION,
        letter.ORIGIN_OFFSET,
        letter.ORIGIN_TIMESTAMP,
        letter.FAILED_AT,
    ],
    "properties": {
        letter.REASON: _text("Why.", enum=["malformed", "invalid", "internal_error"]),
        letter.DETAIL: _text("A sentence a person can act on.", maxLength=1_000),
        letter.ORIGIN_TOPIC: _text("Where the record lies."),
        letter.ORIGIN_PARTITION: _text("Its partition there.", pattern=_DECIMAL),
        letter.ORIGIN_OFFSET: _text("Its offset there.", pattern=_DECIMAL),
        letter.ORIGIN_TIMESTAMP: _text("Its timestamp there, in milliseconds since 1970.", pattern=_DECIMAL),
        letter.FAILED_AT: _text("RFC 3339, UTC.", format="date-time"),
        letter.RELEASE_AT: _text(
            "When the trigger is released by itself: the end of quiet hours, or the campaign's start.",
            format="date-time",
        ),
    },
    "additionalProperties": {
        "type": "string",
        "description": "The original record's own headers, untouched.",
    },
}
