"""Topics followed into tables by one process at a time: offsets are stored in the transaction of the rows."""

from consumer.following.opening import OtherTopicsError
from consumer.following.process import FollowingProcess
from consumer.following.tables import FollowedTables

__all__ = ["FollowedTables", "FollowingProcess", "OtherTopicsError"]
