"""HTTP as uvicorn speaks it, with bounds on what a connection may cost.

uvicorn bounds neither headers nor the time that a request takes to arrive, so its protocol is extended here,
at methods that asyncio and httptools call.
"""

import asyncio
from typing import Any, Final

import orjson
from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.joined_writes import JoinedWrites
from gateway.problem import ERRORS_URL

CONNECTIONS_MAX: Final = 2_000
HEADERS_BYTES_MAX: Final = 32_768
HEADERS_MAX: Final = 100
ARRIVAL_SECONDS: Final = 20.0
"""For a whole request, from its first byte, or from the connection, to its last."""


class BoundedProtocol(HttpToolsProtocol):
    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*arguments, **named)
        self._arrival: asyncio.TimerHandle | None = None
        self._due_at: float | None = None
        """By when the request that is arriving must be whole."""
        self._is_in_headers = True
        self._messages = 0
        self._unparsed_bytes = 0
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        joined = JoinedWrites(transport, self.loop)
        super().connection_made(joined)  # type: ignore[arg-type] # what uvicorn uses of one, it has
        if len(self.connections) > CONNECTIONS_MAX:
            transport.close()
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        began = self._messages
        super().data_received(data)
        # The parser keeps a header's parts until it is whole. What came with the end of a message before is
        # not counted: it is at most what is read from the socket at once.
        is_more_of_it = self._is_in_headers and began == self._messages
        self._unparsed_bytes = self._unparsed_bytes + len(data) if is_more_of_it else 0
        if self._unparsed_bytes > HEADERS_BYTES_MAX:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._is_in_headers = True
        self._messages += 1
        self._header_bytes = 0
        if self._due_at is None:
            self._start_timer()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > HEADERS_BYTES_MAX or len(self.headers) >= HEADERS_MAX:
            raise HttpParserError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_timer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        detail = (
            f"{msg} Send HTTP/1.1, at most {HEADERS_MAX} headers and {HEADERS_BYTES_MAX:,} bytes of them."
        )
        body = orjson.dumps(
            {
                "type": f"{ERRORS_URL}malformed-400",
                "title": "The request cannot be read",
                "status": 400,
                "detail": detail,
                "report": {"additionalContext": {}},
            }
        )
        head = (
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n"
        )
        self.transport.write(head % len(body) + body)
        self.transport.close()

    def _start_timer(self) -> None:
        self._due_at = self.loop.time() + ARRIVAL_SECONDS
        if self._arrival is None:
            self._arrival = self.loop.call_at(self._due_at, self._look_at_timer)

    def _stop_timer(self) -> None:
        self._due_at = None

    def _look_at_timer(self) -> None:
        """One timer serves many requests: setting and cancelling one for each costs more."""
        self._arrival = None
        if self._due_at is None:
            return
        if self._due_at <= self.loop.time():
            self.transport.close()
        else:
            self._arrival = self.loop.call_at(self._due_at, self._look_at_timer)
