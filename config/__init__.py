"""Settings, logging, and the sample campaigns, rule sets, channel configurations and profiles."""

from pathlib import Path
from typing import Final

SAMPLES: Final = Path(__file__).parent
"""Holds `campaigns/*.yaml`, `rule-sets/*.yaml`, `channels.yaml` and `profiles.jsonl`, from a wheel, too."""

__all__ = ["SAMPLES"]
