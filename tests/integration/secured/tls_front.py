"""TLS in front of a PostgreSQL that has none, as its pooler or proxy does it: the wheel is built without."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from tests.integration.secured.certificates import Issued

_SSL_REQUEST: Final = struct.pack(">ii", 8, 80877103)
"""What a client sends before a TLS handshake (PostgreSQL's Message Formats)."""


@asynccontextmanager
async def tls_front(certificate: Issued, host: str, port: int) -> AsyncIterator[int]:
    """Yields the port of a server that answers by TLS only and passes all else on to host and port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certfile, certificate.keyfile)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                await _pass_on(reader, writer, host, port)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    behind_reader, behind_writer = await asyncio.open_connection(host, port)
    ways = [
        asyncio.create_task(_copy(reader, behind_writer)),
        asyncio.create_task(_copy(behind_reader, writer)),
    ]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    behind_writer.close()
    for way in ways:
        way.cancel()
    await asyncio.wait(ways)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
