"""What answers at a host and port: nothing, Kafka, Kafka behind TLS, or something else."""

import asyncio
import os
import socket
import ssl
import struct
from contextlib import suppress
from typing import Final

CONNECT_SECONDS: Final = 2.0
"""A machine that is off must not hold up the next try for long."""
_API_VERSIONS: Final = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Length, ApiVersions, version 0, correlation id, no client id: every broker answers it before a login."""


async def closed_port(host: str, port: int) -> str | None:
    """What keeps a connection from being made at all; None when one can be."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except socket.gaierror:
        return "no such host is known"
    except TimeoutError:
        return f"no connection within {CONNECT_SECONDS:.0f} s"
    except OSError as error:
        # Of several addresses that all fail, asyncio joins the texts and gives no number.
        return os.strerror(error.errno).lower() if error.errno else "connection refused or no route"
    writer.close()
    return None


async def speaks_kafka(host: str, port: int) -> bool:
    """Tell whether a broker answers there without TLS."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(_API_VERSIONS)
                # Its length, then our correlation id. TLS answers with an alert.
                return (await reader.readexactly(8))[4:] == _API_VERSIONS[8:12]
            finally:
                writer.close()
    return False


async def speaks_tls(host: str, port: int) -> bool:
    """Tell whether a TLS handshake succeeds there, whoever has signed the certificate; nothing is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.close()
            return True
    return False
