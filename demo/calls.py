"""The chapter by HTTP: the same story told with curl, and what the gateway answers."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson

from config.settings import Settings
from demo.chronicle import Chronicle
from demo.samples import STOPPED
from demo.scenario import person, trigger
from demo.screen import Screen
from demo.stage import READY_SECONDS, DemoError, Stage
from embedded.ports import free_port
from schemas.ids import execution_id
from schemas.json import JsonObject

_PATH: Final = "/ajo/im/executions/unitary"
_LOOK_SECONDS: Final = 0.1
_RESET: Final = trigger(
    "reset-http", "password-reset", person("email:alice@example.com"), resetUrl="https://acme.example/reset/1"
)
_CALLS: Final[Sequence[tuple[str, JsonObject, int]]] = (
    ("Alice forgets her password again", _RESET, 202),
    ("The shop is not sure that it was heard, and repeats the call", _RESET, 202),
    ("A campaign that nobody has made", {**_RESET, "campaignId": "password-rest"}, 404),
    ("A campaign that was stopped", {**_RESET, "campaignId": STOPPED}, 400),
)


async def call_by_http(stage: Stage, screen: Screen) -> Sequence[str]:
    """The caller learns at once what can be known; what was accepted is executed once."""
    screen.heading("The same by HTTP, as clients of Adobe Journey Optimizer call it")
    curl = shutil.which("curl")
    if curl is None:
        screen.say("  curl is not installed, so this chapter is left out.", "yellow")
        return []
    surprises = []
    async with _gateway(stage.settings, curl) as url:
        for title, call, expected in _CALLS:
            status, answer = await _post(curl, url + _PATH, call)
            _show(screen, title, call, status, answer)
            if status != expected:
                surprises.append(f"{title}: the answer is {status}, not {expected}.")
    story = await stage.read_until(lambda chronicle: _delivered(chronicle) == 1)
    screen.say(
        f"  Both accepted calls have one executionId, and Alice has {_delivered(story)} message.", "green"
    )
    if _delivered(story) != 1:
        surprises.append(f"The calls by HTTP made {_delivered(story)} messages, not one.")
    return surprises


def _delivered(chronicle: Chronicle) -> int:
    id_ = execution_id("password-reset", "reset-http")
    return sum(delivery["executionId"] == id_ for delivery in chronicle.deliveries.values())


def _show(screen: Screen, title: str, call: JsonObject, status: int, answer: JsonObject) -> None:
    screen.say(f"  {title}")
    body = f'{{"requestId":"{call["requestId"]}","campaignId":"{call["campaignId"]}", ...}}'
    screen.say(f"    $ curl localhost:8000{_PATH} --json '{body}'", "dim")
    said = answer.get("executionId") or answer.get("detail")
    screen.say(f"    {status} {said}", "green" if status < 300 else "red")  # noqa: PLR2004 - HTTP's


async def _post(curl: str, url: str, call: JsonObject) -> tuple[int, JsonObject]:
    out = await _curl(
        curl,
        url,
        "-H",
        "content-type: application/json",
        "-d",
        orjson.dumps(call).decode(),
        "-w",
        "\n%{http_code}",
    )
    body, _, status = out.rpartition(b"\n")
    answer: JsonObject = orjson.loads(body or b"{}")
    return int(status), answer


async def _curl(curl: str, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(curl, "-s", *arguments, stdout=PIPE, stderr=DEVNULL)
    out, _ = await process.communicate()
    return out


@asynccontextmanager
async def _gateway(settings: Settings, curl: str) -> AsyncIterator[str]:
    """`clarion serve` as a process of its own, and its URL once it accepts calls. Raises DemoError."""
    port = free_port()
    command = sys.executable, "-m", "cli", "serve", "--port", str(port)
    process = await asyncio.create_subprocess_exec(*command, env=_environment(settings), stdout=DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        await _accepts(url, curl, process)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _accepts(url: str, curl: str, process: Process) -> None:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while await _curl(curl, f"{url}/ajo/im/health", "-o", os.devnull, "-w", "%{http_code}") != b"200":
        if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
            raise DemoError("The gateway did not accept calls.")
        await asyncio.sleep(_LOOK_SECONDS)


def _environment(settings: Settings) -> Mapping[str, Any]:
    ours = {
        "CLARION_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers or "",
        "CLARION_DATABASE_URL": settings.database_url or "",
        "CLARION_TOPIC_PREFIX": settings.topic_prefix,
        "CLARION_HTTP_PORT": "off",
        "CLARION_LOG_LEVEL": "ERROR",
    }
    return {**os.environ, **ours}
