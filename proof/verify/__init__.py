"""The verifier: reads topics by librdkafka, tables by its own queries, and compares with what was to be."""

from proof.verify.checks import verify
from proof.verify.evidence import Evidence
from proof.verify.finding import Finding, Kind
from proof.verify.reading import gather

__all__ = ["Evidence", "Finding", "Kind", "gather", "verify"]
