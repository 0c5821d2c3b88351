"""Every kind of fault by its name, and what it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proof.faults import brokers, database, group, moments, network, processes
from proof.faults.fault import Fault
from proof.faults.network import to_kafka, to_postgres
from proof.servers import Servers


class Needs(StrEnum):
    NOTHING = "nothing"
    BROKERS = "brokers of our own"
    POSTGRES = "a PostgreSQL of our own"
    DOORS = "brokers that tell clients of a proxy"


@dataclass(frozen=True, slots=True)
class Kind:
    happen: Fault
    needs: Needs = Needs.NOTHING


KINDS: Mapping[str, Kind] = {
    "kill": Kind(processes.kill),
    "kill-at": Kind(moments.kill_at),
    "pause": Kind(processes.pause),
    "pause-at": Kind(moments.pause_at),
    "join": Kind(processes.join),
    "leave": Kind(processes.leave),
    "skew": Kind(processes.skew),
    "offsets-lost": Kind(group.offsets_lost),
    "leader": Kind(brokers.leader, Needs.BROKERS),
    "group-coordinator": Kind(brokers.group_coordinator, Needs.BROKERS),
    "transaction-coordinator": Kind(brokers.transaction_coordinator, Needs.BROKERS),
    "blackout": Kind(brokers.blackout, Needs.BROKERS),
    "postgres-kill": Kind(database.killed, Needs.POSTGRES),
    "postgres-away": Kind(database.away, Needs.POSTGRES),
    "postgres-cut": Kind(database.cut),
    "kafka-reset": Kind(network.reset(to_kafka), Needs.DOORS),
    "kafka-commit": Kind(network.reset_at_commit(to_kafka), Needs.DOORS),
    "kafka-slow": Kind(network.slow(to_kafka), Needs.DOORS),
    "kafka-hole": Kind(network.hole(to_kafka), Needs.DOORS),
    "postgres-reset": Kind(network.reset(to_postgres)),
    "postgres-commit": Kind(network.reset_at_commit(to_postgres)),
    "postgres-slow": Kind(network.slow(to_postgres)),
    "postgres-hole": Kind(network.hole(to_postgres)),
}


def possible(kinds: Sequence[str], servers: Servers) -> tuple[list[str], dict[str, Needs]]:
    """Those that can happen with these servers, and what the others need."""
    there = {
        Needs.NOTHING: True,
        Needs.BROKERS: bool(servers.kafka.brokers),
        Needs.POSTGRES: servers.postgres.server is not None,
        Needs.DOORS: bool(servers.kafka.proxies),
    }
    missing = {kind: KINDS[kind].needs for kind in kinds if not there[KINDS[kind].needs]}
    return [kind for kind in kinds if kind not in missing], missing
