"""What ended a session's work, logged and counted by its kind."""

import structlog
from aiokafka.errors import KafkaError

from consumer.exactly_once.gate import NotOwner
from consumer.exactly_once.intake import LogTruncated
from consumer.exactly_once.transaction import DecisionOutdated, OutputTooLargeError
from consumer.kafka.fencing import StaleMembership
from consumer.monitoring.metrics import Metrics
from consumer.monitoring.progress import Progress
from consumer.store.errors import DatabaseError
from consumer.store.partitions import EpochSuperseded

log = structlog.get_logger()


def report_fault(error: Exception, metrics: Metrics, progress: Progress) -> None:
    """One line by kind; the answer to all of them is to open the gate again after a rest."""
    match error:
        case NotOwner():
            log.info("waiting for an assignment that stands")
        case StaleMembership():
            metrics.fenced("kafka")
            log.warning("batch dropped: the group has moved on", cause=str(error))
        case EpochSuperseded():
            metrics.fenced("database")
            log.warning("batch dropped: a partition has a new owner", cause=str(error))
        case DatabaseError():
            metrics.retried("database")
            progress.hindered("database", error)
        case OutputTooLargeError() | LogTruncated() | DecisionOutdated():
            log.warning("batch dropped, to be read again", cause=repr(error))
        case _:
            metrics.retried("kafka")
            progress.hindered("kafka", error, is_a_bug=_is_a_bug(error))


def _is_a_bug(error: Exception) -> bool:
    return not isinstance(error, KafkaError | OSError | TimeoutError)
