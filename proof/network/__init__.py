"""A TCP proxy that can be slow, silent or rude, and knows a commit when it sees one (why ours: ADR 12)."""

from proof.network.commits import kafka_commits, postgres_commits
from proof.network.proxy import Proxy

__all__ = ["Proxy", "kafka_commits", "postgres_commits"]
