"""Namespaces: what kind of identity a userId is. They are compared without case.

The canonical spelling is lower case: Clarion writes and computes (ids, keys, outcomes) with no other.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import StringConstraints

from schemas.channel import Channel

# pydantic checks the pattern before it changes the case, so no letter beyond ASCII becomes one of these.
Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$", to_lower=True)]
"""Read in any case, kept in lower case. It has no colon, so that `namespace:userId` is unambiguous."""

ADDRESS_NAMESPACE: Final[Mapping[Channel, str]] = {Channel.EMAIL: "email", Channel.SMS: "phone"}
"""The namespace in which a userId is itself the channel's address."""


def canonical_name(recipient: str) -> str:
    """`namespace:userId` with the namespace in its canonical spelling; the userId stays as it is."""
    namespace, colon, user_id = recipient.partition(":")
    return f"{namespace.lower()}{colon}{user_id}"
