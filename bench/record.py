"""Results as a file: written for others to read, and read again for the plot, the docs and the guard."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import orjson

from bench.contenders import BY_NAME
from bench.result import Result, cpu, rates
from bench.window import Speed


def write(file: Path, results: Mapping[str, Sequence[Result]]) -> None:
    contenders = [
        {
            "name": name,
            "title": BY_NAME[name].title,
            "guarantee": BY_NAME[name].guarantee,
            "triggersPerSecond": rates(runs),
            "cpuMicrosecondsPerTrigger": cpu(runs),
            "runs": runs,
        }
        for name, runs in results.items()
    ]
    write_found(file, contenders=contenders)


def write_found(file: Path, **found: object) -> None:
    """What was found, under the names given, with what it was found on."""
    file.write_bytes(orjson.dumps({**about(), **found}, option=orjson.OPT_INDENT_2))


def read(file: Path) -> dict[str, list[Result]]:
    """Raises OSError when it is not there."""
    contenders = orjson.loads(file.read_bytes())["contenders"]
    return {each["name"]: [_result(run) for run in each["runs"]] for each in contenders}


def about() -> dict[str, Any]:
    """When, where and with what; nothing that names the machine."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} shared cores, broker and database on the same",
        "python": python_version(),
        "aiokafka": version("aiokafka"),
        "confluent-kafka": version("confluent-kafka"),
    }


def _result(document: dict[str, Any]) -> Result:
    speeds = {name: Speed(**document[name]) for name in ("warm", "cold")}
    return Result(**{**document, **speeds})
