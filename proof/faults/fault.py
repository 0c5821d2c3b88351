"""What a fault is."""

from typing import Protocol

from proof.stage import Stage


class Fault(Protocol):
    async def __call__(self, stage: Stage) -> str:
        """Break something and let it be whole again; returns, when the fault is over, what it was."""
