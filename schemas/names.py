"""Names of the schemas: the value of a record's `clarion.schema` header, and the path of its exported file.

A change that an old reader cannot read gets a new number; an added optional field does not.
"""

from collections.abc import Mapping
from typing import Final

from schemas.channel import Channel

TRIGGER: Final = "trigger/1"
DELIVERY: Final[Mapping[Channel, str]] = {channel: f"delivery.{channel}/1" for channel in Channel}
EXECUTION: Final = "execution/1"
PROFILE_CREATED: Final = "profile.created/1"
DEAD_LETTER_HEADERS: Final = "dead-letter.headers/1"
DEAD_LETTER_FAILURES: Final = "dead-letter.failures/1"
DEAD_LETTER_RESOLUTION: Final = "dead-letter.resolution/1"
FEEDBACK: Final = "feedback/1"
FEEDBACK_INVALID_HEADERS: Final = "feedback.invalid.headers/1"

CAMPAIGN: Final = "campaign/1"
CHANNEL_CONFIGURATIONS: Final = "channel-configurations/1"
RULE_SET: Final = "rule-set/1"
PROFILE_LINE: Final = "profile-line/1"
