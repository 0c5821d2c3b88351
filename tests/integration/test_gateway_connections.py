"""What a connection may cost: bounded headers and time; and how the process stops."""

import asyncio
import signal

import orjson
import pytest
from aiohttp import ClientSession

from gateway import protocol
from tests.builders import campaign, trigger
from tests.commands import start
from tests.gateways import HEALTH, UNITARY, connect, gateway_of, sent
from tests.installation import Installation, eventually


async def test_too_many_or_too_large_headers_end_the_connection(installation: Installation) -> None:
    begin = b"GET /ajo/im/health HTTP/1.1\r\nHost: a\r\n"
    async with gateway_of(installation) as client:
        many = await sent(client, begin + b"A: b\r\n" * 200 + b"\r\n")
        await sent(client, begin, b"X: ", *[b"y" * 10_000] * 20)

        assert b" 400 " in many.partition(b"\r\n")[0]
        assert orjson.loads(many.partition(b"\r\n\r\n")[2])["type"].endswith("malformed-400")
        assert (await client.call("GET", HEALTH)).status == 200


async def test_what_is_no_http_is_answered_with_the_body_of_every_refusal(installation: Installation) -> None:
    async with gateway_of(installation) as client:
        answer = await sent(client, b"\x16\x03\x01 hello\r\n\r\n")

    assert orjson.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 400


@pytest.mark.parametrize(
    "beginning",
    [b"", b"POST /ajo", b"POST " + UNITARY.encode() + b" HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"],
    ids=["nothing", "half a line", "half a body"],
)
async def test_a_slow_sender_is_cut_off(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(protocol, "ARRIVAL_SECONDS", 0.3)
    async with gateway_of(installation) as client:
        reader, writer = await connect(client.gateway.port)
        writer.write(beginning)
        async with asyncio.timeout(30):
            await reader.read()
        writer.close()


async def test_calls_beyond_the_bound_are_told_to_come_again(installation: Installation) -> None:
    await installation.activate(campaign())
    value = orjson.dumps(trigger())
    head = (
        f"POST {UNITARY} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(value)}\r\n\r\n"
    ).encode()
    async with gateway_of(installation, gateway_in_flight_max=1) as client:
        reader, writer = await connect(client.gateway.port)
        writer.write(head + value[:10])

        async def is_full() -> bool:
            answer = await client.post(UNITARY, trigger())
            return answer.status == 503 and "Retry-After" in answer.headers

        await eventually(is_full)
        writer.write(value[10:])
        assert b" 202 " in (await reader.read()).partition(b"\r\n")[0]
        writer.close()
        assert (await client.post(UNITARY, trigger())).status == 202


async def test_a_process_that_is_told_to_stop_finishes_its_calls(installation: Installation) -> None:
    await installation.activate(campaign())
    value = orjson.dumps(trigger())
    process = await start(
        installation, "serve", "--port", "0", log_format="json", log_level="INFO", http_port=0
    )
    assert process.stderr
    ports: dict[str, int] = {}
    while "port" not in ports:
        line = orjson.loads(await process.stderr.readline())
        ports |= {name: line[name] for name in ("http_port", "port") if name in line}
    async with ClientSession() as session:

        async def readiness() -> int:
            async with session.get(f"http://127.0.0.1:{ports['http_port']}/readyz") as answer:
                return answer.status

        await eventually(lambda: _is(readiness, 200))
        reader, writer = await connect(ports["port"])
        head = f"POST {UNITARY} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(value)}\r\n\r\n".encode() + value[:10])
        await writer.drain()
        async with session.get(f"http://127.0.0.1:{ports['port']}{HEALTH}") as answer:
            assert answer.status == 200

        process.send_signal(signal.SIGTERM)
        await eventually(lambda: _is(readiness, 503))
        writer.write(value[10:])
        assert b" 202 " in (await reader.readline())
        writer.close()
    assert await process.wait() == 0
    await process.communicate()
    [record] = await installation.read(installation.topics.triggers("unitary"))
    assert record.value == value


async def _is(readiness: object, status: int) -> bool:
    assert callable(readiness)
    return bool(await readiness() == status)
