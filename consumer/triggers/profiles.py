"""The profiles of a batch's recipients: those that are stored, and those that the batch creates."""

from collections.abc import Collection, Mapping
from uuid import uuid4

from consumer.store.work import Creation, Identity, StoredProfile
from schemas.place import Place
from schemas.trigger import Recipient


class Profiles:
    def __init__(self) -> None:
        self._known: dict[Identity, StoredProfile] = {}
        self.creations: dict[Identity, Creation] = {}

    def found(self, stored: Mapping[Identity, StoredProfile]) -> None:
        """These are stored; of the others that were looked up there are none."""
        self._known = dict(stored)

    def of(self, recipient: Recipient) -> StoredProfile | None:
        return None if recipient.external else self._known.get(identity(recipient))

    def create(self, recipient: Recipient, creator: Place) -> None:
        creation = Creation(str(uuid4()), creator)
        self.creations[identity(recipient)] = creation
        # The next trigger of this batch for the same person finds it as if it came in the next batch.
        self._known[identity(recipient)] = StoredProfile(creation.id, {}, {}, creator)

    def is_created_by(self, creator: Place, recipient: Recipient) -> bool:
        profile = self._known.get(identity(recipient))
        return profile is not None and profile.creator == creator

    def keep_creations_of(self, creators: Collection[Place]) -> None:
        self.creations = {i: made for i, made in self.creations.items() if made.creator in creators}

    def written(self, stored: Mapping[Identity, StoredProfile]) -> Collection[Identity]:
        """So these are stored by now; returns those that somebody else made in the meantime."""
        moved = {each for each, profile in stored.items() if profile.id != self._known[each].id}
        self._known |= stored
        return moved


def identity(recipient: Recipient) -> Identity:
    return recipient.namespace, recipient.user_id
