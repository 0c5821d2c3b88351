"""How somebody who waits for a replay is told how it goes."""

from consumer.dead_letters.watcher import Watcher
from consumer.replay.check import Ready


class ReplayWatcher(Watcher):
    """Is told of each letter too; this one does not listen."""

    def found(self, ready: Ready) -> None:
        """Such a letter is going to be replayed."""
