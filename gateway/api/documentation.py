"""The description, and a page to read and try it that loads nothing from elsewhere."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.openapi import describe
from gateway.api.operation import Operation

_KINDS: Final = {"docs.html": "text/html", "docs.js": "text/javascript", "docs.css": "text/css"}
_SAFE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def documentation_routes(prefix: str, operations: Sequence[Operation]) -> list[Route]:
    """Without credentials: they say no more than the documentation does."""
    description = orjson.dumps(describe(prefix, operations))

    async def answer_description(request: Request) -> Response:
        request.state.path = f"{prefix}/openapi.json"
        return Response(description, headers=_SAFE, media_type="application/json")

    async def answer_page(request: Request) -> Response:
        request.state.path = f"{prefix}/docs"
        name = request.url.path.rpartition("/")[2]
        return _page(name if name in _KINDS else "docs.html")

    paths = (f"{prefix}/docs", "/docs", *(f"{prefix}/{name}" for name in ("docs.js", "docs.css")))
    return [
        *(Route(path, answer_description) for path in (f"{prefix}/openapi.json", "/openapi.json")),
        *(Route(path, answer_page) for path in paths),
    ]


def _page(name: str) -> Response:
    return Response(_read(name), headers=_SAFE, media_type=_KINDS[name])


@cache
def _read(name: str) -> bytes:
    return (files("gateway.api") / "pages" / name).read_bytes()
