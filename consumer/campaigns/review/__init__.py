"""The review before a campaign is activated: what would keep it from working, what may surprise. Pure.

table.py lists all that it can find.
"""

from consumer.campaigns.review.review import review, review_offline
from consumer.campaigns.review.table import FINDINGS, FindingKind, found

__all__ = ["FINDINGS", "FindingKind", "found", "review", "review_offline"]
