"""What ends a replay before its time. Whatever was done by then stays done, and counts on the next run."""

from consumer.kafka.errors import ReplayError


class TakenOverError(ReplayError):
    """Another replay, discard or release of this installation began after this one."""

    def __init__(self) -> None:
        super().__init__(
            "Another replay has taken over, so this one stopped; nothing is lost or done twice. "
            "Run it again when the other is done."
        )
