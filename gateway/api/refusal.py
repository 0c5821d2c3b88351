"""Errors of what stands below the door, as the problems that a caller reads."""

from collections.abc import Mapping

from aiokafka.errors import KafkaError

from consumer.audiences.errors import AudienceError
from consumer.campaigns.errors import (
    LifecycleError,
    OvertakenError,
    UnknownCampaignError,
    UnknownVersionError,
)
from consumer.kafka.errors import ReplayError, TopicsMissingError
from consumer.replay.errors import TakenOverError
from consumer.store.errors import DatabaseDataError, DatabaseError
from consumer.triggers.writer import NotWrittenError
from gateway.problem import Problem, unavailable
from gateway.refusals import problem_of_audience


class RefusalError(Exception):
    """Ends a call with this answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def invalid(detail: str, faults: Mapping[str, str] | None = None) -> Problem:
    return Problem(400, "invalid", "The request is not valid", detail, context=faults or {})


def not_found(detail: str) -> RefusalError:
    return RefusalError(Problem(404, "not_found", "Not Found", detail))


def conflict(detail: str, context: Mapping[str, str] | None = None) -> Problem:
    """Of what the state of things does not allow just now."""
    return Problem(409, "conflict", "The state does not allow it", detail, context=context or {})


EXPECTED = (
    AudienceError,
    RefusalError,
    LifecycleError,
    ReplayError,
    TopicsMissingError,
    KafkaError,
    NotWrittenError,
    DatabaseError,
)
"""What `problem_of` has an answer to; everything else is a fault of ours."""


def problem_of(error: Exception) -> Problem:
    if isinstance(error, RefusalError):
        return error.problem
    if isinstance(error, AudienceError):
        return problem_of_audience(error)
    if isinstance(error, LifecycleError):
        return _of_lifecycle(error)
    if isinstance(error, DatabaseDataError):
        return invalid("PostgreSQL cannot store a value of this call.")
    return _of_servers(error)


def _of_lifecycle(error: LifecycleError) -> Problem:
    detail = str(error)
    match error:
        case UnknownCampaignError():
            return Problem(404, "unknown_campaign", "Cannot find the Campaign", detail)
        case UnknownVersionError():
            return Problem(404, "not_found", "Not Found", detail)
        case OvertakenError():
            return Problem(412, "overtaken", "Somebody was faster", detail)
        case _:
            return conflict(detail, {finding.path: finding.sentence for finding in error.findings})


def _of_servers(error: Exception) -> Problem:
    """Of what passes. The causes can name hosts, so they are for the log."""
    if isinstance(error, TakenOverError):
        return conflict(str(error))
    if isinstance(error, DatabaseError):
        return unavailable("PostgreSQL does not answer, or cannot serve now.")
    return unavailable("Kafka does not answer, or lacks a topic or a right; the log has the cause.")
