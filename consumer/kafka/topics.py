"""The topics: their names under the installation's prefix, and how they are to be created."""

from dataclasses import dataclass

from schemas.channel import Channel
from schemas.trigger_wire import VALUE_BYTES_MAX

LANES = ("unitary", "high-throughput", "audience")

_KIB = 1024
TRIGGER_RECORD_BYTES_MAX = VALUE_BYTES_MAX + 64 * _KIB
"""Room for the headers of a replay."""
DEAD_LETTER_RECORD_BYTES_MAX = TRIGGER_RECORD_BYTES_MAX + 512 * _KIB
"""Room for the failures of 60 recipients and channels, with their details."""
DELIVERY_BYTES_MAX = 2_000_000
"""An encoded delivery: its content is at most half of that, but JSON escapes can make it grow."""
DELIVERY_RECORD_BYTES_MAX = DELIVERY_BYTES_MAX + 64 * _KIB
FEEDBACK_RECORD_BYTES_MAX = TRIGGER_RECORD_BYTES_MAX
"""Far above an event's limit: what is too large is set aside with its reason, not refused to the service."""
REQUEST_BYTES_MAX = 4 * _KIB * _KIB
"""The producer's max_request_size: above every topic's limit."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic's name. The lanes share all but the trigger topics."""

    prefix: str

    def triggers(self, lane: str) -> str:
        return f"{self.prefix}triggers" if lane == "unitary" else f"{self.prefix}triggers.{lane}"

    def deliveries(self, channel: Channel) -> str:
        return f"{self.prefix}deliveries.{channel.value}"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}dead-letters"

    @property
    def resolutions(self) -> str:
        return f"{self.prefix}dead-letters.resolutions"

    @property
    def profiles_created(self) -> str:
        return f"{self.prefix}profiles.created"

    @property
    def executions(self) -> str:
        return f"{self.prefix}executions"

    @property
    def feedback(self) -> str:
        return f"{self.prefix}feedback"

    @property
    def feedback_invalid(self) -> str:
        return f"{self.prefix}feedback.invalid"

    def written_by_the_consumer(self) -> list[str]:
        return [
            *(self.deliveries(channel) for channel in Channel),
            self.dead_letters,
            self.profiles_created,
            self.executions,
        ]

    def settings(self, dead_letter_retention_ms: int) -> dict[str, dict[str, str]]:
        """Topic settings by topic name, for all topics."""
        # Not left to the cluster's default: compaction would remove records that share a key.
        kept = {"cleanup.policy": "delete"}
        triggers = {
            **kept,
            # The broker's clock decides a trigger's age; a producer's may be wrong.
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(TRIGGER_RECORD_BYTES_MAX),
        }
        dead_letters = {
            **kept,
            "max.message.bytes": str(DEAD_LETTER_RECORD_BYTES_MAX),
            "retention.ms": str(dead_letter_retention_ms),
        }
        deliveries = {**kept, "max.message.bytes": str(DELIVERY_RECORD_BYTES_MAX)}
        return {
            **{self.triggers(lane): triggers for lane in LANES},
            **{self.deliveries(channel): deliveries for channel in Channel},
            self.dead_letters: dead_letters,
            # The retention counts if somebody adds `delete` to the policy.
            self.resolutions: {"cleanup.policy": "compact", "retention.ms": "-1"},
            self.profiles_created: kept,
            self.executions: kept,
            self.feedback: {
                **kept,
                # An event cannot have happened after its record was written, by a clock that is ours.
                "message.timestamp.type": "LogAppendTime",
                "max.message.bytes": str(FEEDBACK_RECORD_BYTES_MAX),
            },
            self.feedback_invalid: {
                **kept,
                "max.message.bytes": str(FEEDBACK_RECORD_BYTES_MAX + 64 * _KIB),
            },
        }
