"""Bad input of every kind: the right status, the body of every refusal, and the gateway goes on answering."""

import gzip
import re
from collections.abc import AsyncIterator

import orjson
import pytest

from tests.gateways import AUDIENCE, HEALTH, UNITARY, Client, gateway_of, sent
from tests.installation import Installation

API = "/api/v1"
DRAFT = f"{API}/campaigns/welcome/draft"
REPLAYS = f"{API}/dead-letters/replays"
BODIES = {
    "not JSON": (b"{", "malformed-400"),
    "empty": (b"", "malformed-400"),
    "not UTF-8": (b'{"title":"\xff"}', "malformed-400"),
    "a lone surrogate": (b'{"title":"\\ud800"}', "malformed-400"),
    "not a number": (b'{"title":NaN}', "malformed-400"),
    "too deep": (b'{"a":' * 70 + b"1" + b"}" * 70, "malformed-400"),
    "gzip": (gzip.compress(b"0" * 50_000_000), "malformed-400"),
    "a key twice": (b'{"title":"a","title":"b"}', "invalid-400"),
    "an array": (b"[]", "invalid-400"),
    "a NUL": (b'{"title":"a\\u0000"}', "invalid-400"),
    "a long number": (b'{"title":123456789012345678901234567890}', "invalid-400"),
    "2 MB": (b'{"title":"' + b"x" * 2_000_000 + b'"}', "trigger_too_large-413"),
}


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    async with gateway_of(installation) as client:
        yield client


async def test_a_body_that_cannot_be_read_is_refused_in_the_words_of_every_refusal(client: Client) -> None:
    for case, (body, kind) in BODIES.items():
        for method, path in (("PUT", DRAFT), ("POST", REPLAYS), ("POST", f"{API}/keys")):
            answer = await client.send(method, path, body)
            assert answer.kind == kind, f"{case}: {path}: {answer.body[:300]!r}"
            assert all(isinstance(value, str) for value in answer.context.values())
    assert (await client.call("GET", HEALTH)).status == 200


async def test_a_method_that_a_path_has_not_is_refused_with_those_it_has(client: Client) -> None:
    for path in (f"{API}/executions", f"{API}/allow-list", REPLAYS, DRAFT, UNITARY, AUDIENCE, HEALTH):
        answer = await client.call("TRACE", path)
        assert (answer.status, answer.kind) == (405, "method_not_allowed-405"), path
        assert re.fullmatch(r"[A-Z]+(, [A-Z]+)*", answer.headers["Allow"])


async def test_calls_in_a_row_on_one_connection_are_answered_in_their_order(client: Client) -> None:
    calls = "".join(
        f"GET {path} HTTP/1.1\r\nHost: a\r\n{last}\r\n"
        for path, last in (
            (f"{API}/executions", ""),
            (f"{API}/none", ""),
            (HEALTH, "Connection: close\r\n"),
        )
    )
    answered = await sent(client, calls.encode())

    assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"200", b"404", b"200"]


async def test_a_hundred_thousand_headers_end_the_connection_only(client: Client) -> None:
    begin = f"GET {API}/executions HTTP/1.1\r\nHost: a\r\n".encode()
    await sent(client, begin, *[b"".join(b"h%d: x\r\n" % n for n in range(1_000))] * 100, b"\r\n")

    assert (await client.call("GET", HEALTH)).status == 200


async def test_paths_and_queries_of_every_kind_have_an_answer_of_ours(client: Client) -> None:
    for path in (
        "/api/v1/campaigns/%00",
        "/api/v1/campaigns/%ff",
        "/api/v1/campaigns/..%2f..%2fetc",
        "/api/v1/campaigns/" + "a" * 10_000,
        "/api/v1/campaigns?" + "&".join(f"a{n}=1" for n in range(500)),
        "/api/v1/executions?since=99999999999999d",
        "/api/v1/executions?since=9999-12-31T23:59:59-10:00",
        "/api/v1/executions?after=2026-01-01T00:00:00Z/0/99999999999999999999",
        "/api/v1/dead-letters/99999999999:1",
        "/api/v1/profiles/email/%00",
        "/api/v1/audit?after=99999999999999999999",
        "//api/v1/campaigns",
        "/api/v1/campaigns/",
    ):
        answer = await client.call("GET", path)
        assert answer.status in {400, 403, 404}, f"{path[:80]}: {answer.status}"
        assert orjson.loads(answer.body)["report"] is not None


async def test_the_description_and_its_page_load_nothing_from_elsewhere(client: Client) -> None:
    for path, kind in (
        (f"{API}/openapi.json", "application/json"),
        ("/openapi.json", "application/json"),
        (f"{API}/docs", "text/html"),
        ("/docs", "text/html"),
        (f"{API}/docs.js", "text/javascript"),
        (f"{API}/docs.css", "text/css"),
    ):
        answer = await client.call("GET", path)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, kind), path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
