"""Channels: email, sms, push. To add one, add its member here, its content and address, and its tests."""

from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
