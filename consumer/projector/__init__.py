"""The projector: executions, dead letters and resolutions from their topics into PostgreSQL, exactly once."""

from consumer.projector.app import Projector

__all__ = ["Projector"]
