"""Health and metrics over HTTP: /healthz, /readyz, /metrics."""

import errno
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from config.errors import SettingsError, environment_name

log = structlog.get_logger()

Readiness = Callable[[], Sequence[str]]
"""Why the process cannot execute triggers just now; nothing when it can."""


@asynccontextmanager
async def serve(
    host: str,
    port: int | None,
    registry: CollectorRegistry,
    readiness: Readiness,
    *,
    spare_ports: Sequence[int] = (),
) -> AsyncIterator[int | None]:
    """Answer probes and scrapes while the block runs; yields the port, a free one for 0.

    A port of None serves nothing; if it is taken, the spare ones are tried in turn. Raises SettingsError when
    the address cannot be used.
    """
    if port is None:
        yield None
        return
    runner = web.AppRunner(_app(registry, readiness), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, host, port, spare_ports)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, spare_ports: Sequence[int]) -> None:
    for candidate in (port, *spare_ports):
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE and candidate != (port, *spare_ports)[-1]:
                continue
            raise SettingsError(_unusable(host, port, error)) from None
        if candidate != port:
            log.warning("the HTTP port is taken, another is used", taken=port, http_port=candidate)
        return


def _unusable(host: str, port: int, error: OSError) -> str:
    host_name, port_name = environment_name("http_host"), environment_name("http_port")
    if error.errno == errno.EADDRINUSE:
        return (
            f"{port_name}: port {port} is already in use; choose another, 0 for any that is free, "
            "or off for no HTTP"
        )
    return f"{host_name}, {port_name}: cannot listen on {host}:{port} ({error.strerror or error})"


def _app(registry: CollectorRegistry, readiness: Readiness) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        # That this runs is the answer: the process lives and its event loop moves.
        return web.json_response({"healthy": True})

    async def readyz(_: web.Request) -> web.Response:
        reasons = list(readiness())
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def scraped(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", scraped)])
    return app
