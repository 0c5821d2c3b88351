"""Triggers in a seeded mix, each with what a model of its own expects of it. Nothing here is the engine's."""

from proof.workload.mix import Mix
from proof.workload.request import Message, Outcome, Request

__all__ = ["Message", "Mix", "Outcome", "Request"]
