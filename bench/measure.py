"""One contender, once: in its own environment, watched, its outputs checked."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.contenders import Contender, Work
from bench.environment import create_topics, load, prepared
from bench.installation import install
from bench.outputs import check
from bench.processes import started
from bench.result import Result
from bench.servers import Servers
from bench.watch import watch
from bench.window import Sample, cold_speed, peak_rss, warm_speed
from bench.workload import PEOPLE


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a contender is measured; what scales."""

    share: float = 1.0
    """Of the triggers of a full run."""
    processes: int = 1
    partitions: int = 12
    recipients: int = 1
    people: int = PEOPLE
    campaigns: int = 1
    claims: int = 0


USUAL = Circumstances()


def measure(
    contender: Contender,
    servers: Servers,
    prefix: str,
    circumstances: Circumstances = USUAL,
    profile: Path | None = None,
) -> tuple[Result, list[Sample]]:
    """Raises BenchError, TooShortError."""
    asked = circumstances
    workload = replace(contender.workload(asked.share), recipients=asked.recipients, people=asked.people)
    with prepared(servers, prefix, workload, asked.partitions) as environment:
        if contender.work is Work.EXECUTE:
            install(environment, campaigns=asked.campaigns, claims=asked.claims)
        else:
            create_topics(environment)
        load(environment)
        with started(contender, environment, count=asked.processes, profile=profile) as running:
            samples = watch(running, environment)
        findings = check(environment, contender.work)
    return _result(contender, workload.triggers, samples, findings.told(), holds=findings.hold), samples


def _result(
    contender: Contender, triggers: int, samples: list[Sample], faults: str, *, holds: bool
) -> Result:
    warm, cold = warm_speed(samples, triggers), cold_speed(samples, triggers)
    return Result(contender.name, triggers, warm, cold, peak_rss(samples), faults, holds)


@contextmanager
def alone(lock: str | None) -> Iterator[None]:
    """Let others who measure on this machine, and name the same file, wait."""
    if lock is None:
        yield
        return
    with Path(lock).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
