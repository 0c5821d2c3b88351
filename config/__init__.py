"""Settings, logging, and the sample campaigns, channel configurations and profiles."""

from pathlib import Path
from typing import Final

SAMPLES: Final = Path(__file__).parent
"""Holds `campaigns/*.yaml`, `channels.yaml` and `profiles.jsonl`, from a wheel as from the repository."""

__all__ = ["SAMPLES"]
