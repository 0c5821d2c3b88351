"""The proxy, on sockets of this machine; and how it knows a commit."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from proof.network import Proxy, kafka_commits, postgres_commits

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SOON = 0.2


@asynccontextmanager
async def proxy_to_an_echo() -> AsyncIterator[tuple[Proxy, int]]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    proxy = Proxy(postgres_commits, Random(1))
    port = await proxy.start()
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        proxy.lead_to("127.0.0.1", server.sockets[0].getsockname()[1])
        yield proxy, port
        await proxy.stop()


async def echoed(ends: Ends, text: bytes) -> bytes:
    ends[1].write(text)
    async with asyncio.timeout(SOON):
        return await ends[0].read(100)


async def test_what_is_sent_arrives() -> None:
    async with proxy_to_an_echo() as (_, port):
        assert await echoed(await asyncio.open_connection("127.0.0.1", port), b"hello") == b"hello"


async def test_a_reset_is_felt_at_once() -> None:
    async with proxy_to_an_echo() as (proxy, port):
        ends = await asyncio.open_connection("127.0.0.1", port)
        await echoed(ends, b"hello")

        assert proxy.reset() == 1

        with pytest.raises(ConnectionResetError):
            await echoed(ends, b"anybody?")


async def test_what_a_hole_swallows_can_arrive_late() -> None:
    async with proxy_to_an_echo() as (proxy, port):
        ends = await asyncio.open_connection("127.0.0.1", port)
        await echoed(ends, b"hello")

        proxy.swallow(1.0)
        with pytest.raises(TimeoutError):
            await echoed(ends, b"anybody?")
        proxy.release(late=True)

        assert await ends[0].read(100) == b"anybody?"


async def test_a_hole_swallows_new_connections_too_and_can_end_in_resets() -> None:
    async with proxy_to_an_echo() as (proxy, port):
        proxy.swallow(1.0)
        ends = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(TimeoutError):
            await echoed(ends, b"anybody?")

        proxy.release(late=False)

        with pytest.raises(ConnectionResetError):
            await ends[0].read(100)


async def test_a_slow_network_takes_its_time_both_ways() -> None:
    async with proxy_to_an_echo() as (proxy, port):
        ends = await asyncio.open_connection("127.0.0.1", port)
        await echoed(ends, b"hello")
        proxy.delay(0.05)
        started = asyncio.get_running_loop().time()

        await echoed(ends, b"anybody?")

        assert asyncio.get_running_loop().time() - started > 0.09


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_connection_is_cut_when_a_commit_passes(*, is_answered: bool) -> None:
    async with proxy_to_an_echo() as (proxy, port):
        ends = await asyncio.open_connection("127.0.0.1", port)
        cut = proxy.reset_at_commit(answered=is_answered)
        await echoed(ends, b"SELECT 1;")
        assert not cut.is_set()

        with pytest.raises(ConnectionResetError):
            assert await echoed(ends, b"COMMIT;") == b"", "its answer is lost"
            raise ConnectionResetError  # an end without an answer is as good

        assert cut.is_set()


def kafka_request(kind: int, body: bytes = b"body") -> bytes:
    return struct.pack(">ih", len(body) + 2, kind) + body


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_kafka_commit_is_known_in_whatever_pieces_it_comes(size: int) -> None:
    requests = kafka_request(0, b"x" * 40) + kafka_request(26) + kafka_request(3, struct.pack(">ih", 9, 26))
    watch = kafka_commits()

    seen = [watch(requests[start : start + size]) for start in range(0, len(requests), size)]

    assert seen.count(True) == 1
