"""The engine's installation, made by its own commands as a user would, and filled."""

import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from bench.environment import BenchError, Environment
from bench.servers import Servers
from bench.workload import CAMPAIGN, CONFIGURATIONS, NAMES, Audience, campaign

FILES_PER_COMMAND = 500


def install(environment: Environment, *, campaigns: int = 1, claims: int = 0) -> None:
    """Topics, so many campaigns in all, profiles, and so many claims of others. Raises BenchError."""
    clarion(environment, "migrate")
    clarion(environment, "topics", "create")
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as folder:
        # JSON is YAML too.
        configurations = Path(folder, "channels.yaml")
        configurations.write_bytes(orjson.dumps(CONFIGURATIONS))
        clarion(environment, "channels", "apply", str(configurations))
        files = [_written(Path(folder), name, environment.workload.lane) for name in _names(campaigns)]
        for start in range(0, len(files), FILES_PER_COMMAND):
            clarion(
                environment, "campaigns", "apply", "--activate", *files[start : start + FILES_PER_COMMAND]
            )
    # The same triggers are executed once more in each run: only without claims are they new.
    environment.servers.sql("TRUNCATE claims")
    if claims:
        _fill_claims(environment.servers, claims)
    if environment.workload.audience is Audience.STORED:
        _fill_profiles(environment.servers, environment.workload.people)


def _names(campaigns: int) -> list[str]:
    return [CAMPAIGN, *(f"{CAMPAIGN}-{number}" for number in range(1, campaigns))]


def _written(folder: Path, name: str, lane: str) -> str:
    file = folder / f"{name}.yaml"
    file.write_bytes(orjson.dumps(campaign(lane, name)))
    return str(file)


def clarion(environment: Environment, *arguments: str) -> str:
    """Run one of its commands; returns what it prints. Raises BenchError."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli", *arguments],
        env=environment.variables({}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        told = " ".join(arguments[:3])
        raise BenchError(f"clarion {told} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _fill_profiles(servers: Servers, count: int) -> None:
    """Store a profile for each of the workload's people, unless they are there already."""
    servers.sql(
        """
        WITH people AS (
            SELECT gen_random_uuid() AS id, n, ($2::text[])[n % cardinality($2::text[]) + 1] AS name
            FROM generate_series((SELECT count(*) FROM profiles), $1::bigint - 1) AS n
        ), stored AS (
            INSERT INTO profiles (id, attributes)
            SELECT id, jsonb_set('{"person": {"name": {}}}', '{person,name,firstName}', to_jsonb(name))
            FROM people
        )
        INSERT INTO identities (namespace, value, profile_id)
        SELECT 'email', 'person-' || lpad(n::text, 7, '0') || '@example.com', id FROM people
        """,
        count,
        list(NAMES),
    )
    servers.sql("VACUUM ANALYZE profiles, identities")


def _fill_claims(servers: Servers, count: int) -> None:
    servers.sql(
        """
        INSERT INTO claims (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
        SELECT gen_random_uuid(), 'elsewhere', n % 12, n, sha256(n::text::bytea)
        FROM generate_series(1, $1::bigint) AS n
        """,
        count,
    )
    servers.sql("VACUUM ANALYZE claims")
