"""The proxy, on sockets of this machine; and how it knows a commit."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from random import Random
from time import monotonic

import pytest

from proof.network import Proxy, kafka_commits, postgres_commits

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SOON = 0.5


@asynccontextmanager
async def proxy_to_an_echo() -> AsyncIterator[tuple[Proxy, Ends]]:
    """A proxy, and a connection through it that has been used."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionResetError), closing(writer):
            while chunk := await reader.read(100):
                writer.write(chunk)

    proxy = Proxy(postgres_commits, Random(1))  # noqa: S311
    port = await proxy.start()
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        proxy.lead_to("127.0.0.1", server.sockets[0].getsockname()[1])
        async with connected(port) as ends:
            assert await echoed(ends, b"hello") == b"hello"
            yield proxy, ends
        await proxy.stop()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        yield reader, writer


def port_of(ends: Ends) -> int:
    port: int = ends[1].get_extra_info("peername")[1]
    return port


async def echoed(ends: Ends, text: bytes) -> bytes:
    """What comes back: nothing when the connection ends, which may be told as an error too."""
    ends[1].write(text)
    return await heard(ends)


async def heard(ends: Ends) -> bytes:
    async with asyncio.timeout(SOON):
        try:
            return await ends[0].read(100)
        except ConnectionResetError:
            return b""


async def test_a_reset_is_felt_at_once() -> None:
    async with proxy_to_an_echo() as (proxy, ends):
        assert proxy.reset() == 1

        assert await echoed(ends, b"anybody?") == b""


async def test_what_a_hole_swallows_can_arrive_late() -> None:
    async with proxy_to_an_echo() as (proxy, ends):
        proxy.swallow(1.0)
        with pytest.raises(TimeoutError):
            await echoed(ends, b"anybody?")

        proxy.release(late=True)

        assert await heard(ends) == b"anybody?"


async def test_a_hole_swallows_new_connections_too_and_can_end_in_resets() -> None:
    async with proxy_to_an_echo() as (proxy, ends):
        proxy.swallow(1.0)
        async with connected(port_of(ends)) as late:
            with pytest.raises(TimeoutError):
                await echoed(late, b"anybody?")

            proxy.release(late=False)

            assert await heard(late) == b""


async def test_a_slow_network_takes_its_time_both_ways() -> None:
    async with proxy_to_an_echo() as (proxy, ends):
        proxy.delay(0.05)
        started = monotonic()

        await echoed(ends, b"anybody?")

        assert monotonic() - started > 0.09


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_connection_is_cut_when_a_commit_passes(*, is_answered: bool) -> None:
    async with proxy_to_an_echo() as (proxy, ends):
        cut = proxy.reset_at_commit(answered=is_answered)
        await echoed(ends, b"SELECT 1;")
        assert not cut.is_set()

        assert await echoed(ends, b"COMMIT;") == b""

        assert cut.is_set()


def kafka_request(kind: int, body: bytes = b"body") -> bytes:
    return struct.pack(">ih", len(body) + 2, kind) + body


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_kafka_commit_is_known_in_whatever_pieces_it_comes(size: int) -> None:
    requests = kafka_request(0, b"x" * 40) + kafka_request(26) + kafka_request(3, struct.pack(">ih", 9, 26))
    watch = kafka_commits()

    seen = [watch(requests[start : start + size]) for start in range(0, len(requests), size)]

    assert seen.count(True) == 1
