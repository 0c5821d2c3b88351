"""Builds the peer in Java, once per machine and version, with Maven."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.environment import BenchError, Environment
from bench.workload import HTML, SUBJECT

PROJECT = Path(__file__).with_name("peers") / "streams"
BUILD = ("mvn", "--batch-mode", "--quiet", "package", "dependency:copy-dependencies")
# As Kafka's own start script has it, but for the heap's first size, which would be counted as resident.
JVM = ("-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")


def streams(environment: Environment) -> Sequence[str]:
    where = (environment.servers.kafka, environment.triggers, environment.prefix, environment.group)
    return ["java", *JVM, "-cp", f"{_built()}/*", "clarion.bench.Main", *where, SUBJECT, HTML]


def _built() -> Path:
    """The folder of its jars. Raises BenchError."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clarion" / "bench-streams"
    jars = home / _version()
    if jars.is_dir():
        return jars
    home.mkdir(parents=True, exist_ok=True)
    # Inside the cache, so that the move at the end is one rename: the jars are all there or not at all.
    with tempfile.TemporaryDirectory(dir=home) as folder:
        project = Path(folder, "project")
        shutil.copytree(PROJECT, project)
        made = project / "target" / "jars"
        options = ("-DincludeScope=runtime", f"-DoutputDirectory={made}")
        done = subprocess.run(  # noqa: S603 - our own command
            [*BUILD, *options], cwd=project, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BenchError(f"Maven could not build {PROJECT}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        (project / "target" / "bench-streams-1.jar").rename(made / "bench-streams.jar")
        return made.rename(jars)


def _version() -> str:
    files = sorted(path for path in PROJECT.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
