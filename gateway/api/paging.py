"""Pages of lists: the rows, and in the Link header where the next page begins."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from gateway.api.operation import Answer, Invocation

T = TypeVar("T")


def page(
    call: Invocation, rows: Sequence[T], shown: Callable[[T], object], cursor: Callable[[T], object]
) -> Answer:
    """The page, of rows that are one more than `limit` when there is another page."""
    limit = call.values["limit"]
    body = [shown(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Answer(body)
    path, _, query = call.url.partition("?")
    fields = [(name, text) for name, text in parse_qsl(query, keep_blank_values=True) if name != "after"]
    following = urlencode([*fields, ("after", str(cursor(rows[limit - 1])))])
    return Answer(body, headers={"Link": f'<{path}?{following}>; rel="next"'})
