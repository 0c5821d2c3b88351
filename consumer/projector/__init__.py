"""The projector: executions, dead letters and resolutions from their topics into PostgreSQL, exactly once."""

from consumer.projector.app import Projector
from consumer.projector.opening import OtherTopicsError

__all__ = ["OtherTopicsError", "Projector"]
