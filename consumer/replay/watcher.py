"""How the progress of a replay is reported to its caller."""

from consumer.dead_letters.watcher import Watcher
from consumer.replay.check import Ready


class ReplayWatcher(Watcher):
    """Gets each letter too; this one ignores them."""

    def found(self, ready: Ready) -> None:
        """Such a letter is going to be replayed."""
