"""Channels: email, sms, push. To add one, add its member here, its content and address, and its tests."""

from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"

    # Enum's own hash is a call of Python's, and channels are keys wherever a message passes.
    __hash__ = str.__hash__
