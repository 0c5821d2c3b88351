"""The backtest: past triggers through another version of their campaign; nothing is sent or written."""

from consumer.backtest.compare import Comparison, Example, Verdict
from consumer.backtest.run import Backtest, Report
from consumer.backtest.versions import find_baseline, find_candidate

__all__ = [
    "Backtest",
    "Comparison",
    "Example",
    "Report",
    "Verdict",
    "find_baseline",
    "find_candidate",
]
