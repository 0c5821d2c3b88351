"""KIP-447 for aiokafka: a transaction's offsets count only while their consumer is still in the group.

aiokafka 0.14 sends TxnOffsetCommit v0, which names no group member, and OffsetFetch v3, which cannot ask for
stable offsets. A paused process could so commit after its partitions had moved, and the new owner could start
from an offset about to change. Two newer request versions close both gaps. Nothing else in the project
touches aiokafka's internals (ADR 0003), so what else they need is here too (headers.py, unpacking.py); the
contract tests are tests/integration/test_fencing.py.
"""

import aiokafka

from consumer.kafka.fencing.configs import set_topic_settings
from consumer.kafka.fencing.headers import tolerate_header_names
from consumer.kafka.fencing.membership import (
    Membership,
    StaleMembership,
    is_member,
    membership,
    stable_offsets,
)
from consumer.kafka.fencing.producer import FencedProducer
from consumer.kafka.fencing.unpacking import bound_unpacking
from consumer.kafka.fencing.unreadable import (
    Unreadable,
    check_fetching,
    is_past,
    position,
    stop_at_unreadable_batches,
    unreadable,
)

if not aiokafka.__version__.startswith("0.14."):
    raise ImportError(
        f"consumer/kafka/fencing is written for the internals of aiokafka 0.14, not {aiokafka.__version__}: "
        "install aiokafka==0.14.*, or check it against the new version with its contract tests"
    )
if not __debug__:
    raise ImportError("aiokafka guards its transaction states with assert: run Python without -O")

# Here, and not where consumers are made: one that is started already would keep half of the old reader.
tolerate_header_names()
stop_at_unreadable_batches()
bound_unpacking()

__all__ = [
    "FencedProducer",
    "Membership",
    "StaleMembership",
    "Unreadable",
    "check_fetching",
    "is_member",
    "is_past",
    "membership",
    "position",
    "set_topic_settings",
    "stable_offsets",
    "unreadable",
]
