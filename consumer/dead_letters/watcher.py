"""How progress is reported to a caller that waits."""


class Watcher:
    """Gets the reports; this one ignores them."""

    def reading(self, records: int) -> None:
        """So many records of the topic are to be looked at, at most."""

    def read(self, records: int) -> None:
        """So many more were looked at."""
