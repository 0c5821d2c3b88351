"""Other people's producers, as a test starts them: each sends values as records with the codec asked for."""

import asyncio
import shutil
import subprocess
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import Producer

from embedded.kafka_jars import fetched_jars

HERE: Final = Path(__file__).parent
NODE_PACKAGES: Final = ("kafkajs@2", "kafkajs-snappy@1", "kafkajs-lz4@1", "@bokuweb/zstd-wasm@0.0.27")
NPM_SECONDS: Final = 300.0


async def librdkafka(servers: str, topic: str, codec: str, values: Sequence[bytes]) -> None:
    producer = Producer({"bootstrap.servers": servers, "compression.type": codec, "linger.ms": 50})
    for value in values:
        producer.produce(topic, value)
    assert await asyncio.to_thread(producer.flush, 60) == 0


async def java(servers: str, topic: str, codec: str, values: Sequence[bytes]) -> None:
    """Needs a JDK, which compiles the source at the start."""
    if shutil.which("javac") is None:
        pytest.skip("no JDK is on the PATH")
    jars = await fetched_jars(lambda _: None)
    command = ("java", "-cp", f"{jars}/*", HERE / "Send.java", servers, topic, codec)
    await _run(*command, lines=values)


async def kafkajs(servers: str, topic: str, codec: str, values: Sequence[bytes], modules: Path) -> None:
    """`modules` is what `installed_modules` made."""
    await _run("node", modules / "send.js", servers, topic, codec, lines=values)


def installed_modules(folder: Path) -> Path:
    """KafkaJS and its codecs in the folder, with the script beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node and npm are on the PATH")
    (folder / "package.json").write_text("{}")
    shutil.copy(HERE / "send.js", folder)
    command = ("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", *NODE_PACKAGES)
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=NPM_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm could not install KafkaJS and its codecs: {str(error.stderr)[-200:]}")
    return folder


async def _run(*command: str | Path, lines: Sequence[bytes]) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate(b"\n".join(lines) + b"\n")
    assert process.returncode == 0, said.decode()
