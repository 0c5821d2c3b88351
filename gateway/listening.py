"""The socket that calls come to, and the server behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from config.errors import SettingsError
from gateway.protocol import BoundedProtocol

_BACKLOG: Final = 1_024
_FINISH_SECONDS: Final = 8
"""For calls in flight when the process is told to stop."""
_KEEP_ALIVE_SECONDS: Final = 60


def is_loopback(host: str) -> bool:
    """Whether only this machine can come to the host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def exposed(host: str) -> str:
    """Why a host that others reach is refused."""
    return (
        f"No API key exists, so everybody who reaches {host} could trigger campaigns. Create one with "
        "`clarion keys create NAME --scope trigger`, listen on 127.0.0.1, or say --insecure."
    )


def bound(host: str, port: int) -> socket.socket:
    """The socket. Raises SettingsError when the address cannot be used."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}); choose another --host or --port."
        ) from None


@asynccontextmanager
async def listening(
    app: ASGIApp, listener: socket.socket, trusted_proxies: Sequence[str] = ()
) -> AsyncIterator[None]:
    """Answer calls while the block runs, and finish those in flight at its end.

    `trusted_proxies`: the addresses and networks whose X-Forwarded-For says who calls.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_FINISH_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The process has its own way to stop, of which this server's end is a part.
        yield
