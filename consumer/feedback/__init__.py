"""What channel services report: states and figures of deliveries, suppressions and consents."""

from consumer.feedback.app import FeedbackProcess

__all__ = ["FeedbackProcess"]
