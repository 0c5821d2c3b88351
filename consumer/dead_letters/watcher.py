"""How somebody who waits is told how it goes."""


class Watcher:
    """Is told; this one does not listen."""

    def reading(self, records: int) -> None:
        """So many records of the topic are to be looked at, at most."""

    def read(self, records: int) -> None:
        """So many more were looked at."""
