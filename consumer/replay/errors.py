"""What ends a replay early. What was replayed by then stays replayed, and the next run skips it."""

from consumer.kafka.errors import ReplayError


class TakenOverError(ReplayError):
    """Another replay, discard or release of this installation began after this one."""

    def __init__(self) -> None:
        super().__init__(
            "Another replay has taken over, so this one stopped; nothing is lost or done twice. "
            "Run it again when the other is done."
        )
