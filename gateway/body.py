"""Reading what a caller sends, and never more than is allowed."""

from starlette.requests import ClientDisconnect, Request

from gateway.problem import Problem
from schemas.reasons import Reason


async def read_body(request: Request, bytes_max: int) -> bytes | Problem:
    """The body. Raises ClientDisconnect when the caller has gone."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > bytes_max:
        return _too_large(bytes_max)
    chunks, size, is_more = [], 0, True
    while is_more:
        # Not by Request.stream, an asynchronous generator, which takes as long as all else of it.
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, is_more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > bytes_max:
            return _too_large(bytes_max)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unless_of_type(request: Request, wanted: str) -> Problem | None:
    """The refusal of a body that is something else."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given == wanted:
        return None
    detail = f"Send the header `Content-Type: {wanted}`, and such a body."
    return Problem(415, "unsupported_media_type", "The content type is not supported", detail)


def _too_large(bytes_max: int) -> Problem:
    detail = f"The body has more than {bytes_max:,} bytes."
    return Problem(413, Reason.TRIGGER_TOO_LARGE, "The request is too large", detail)
