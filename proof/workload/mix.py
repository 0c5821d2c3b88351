"""The seeded mix: the same seed gives the same triggers in the same order."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from proof.workload import campaigns, people
from proof.workload.campaigns import WINDOW_SECONDS, Campaign, ending_campaigns
from proof.workload.maker import Maker, reachable, recipient
from proof.workload.request import Json, Request

REMEMBERED = 300
"""How many requests back one may be sent again."""
CHANGED_SHARE = 0.25
ELSEWHERE_SHARE = 0.5
"""Of those sent again: with other content, and on another partition."""
LARGE_SHARE = 0.02
"""Of the alerts: to as many people as there may be; and with a large context."""
RECIPIENTS_MAX = 20
PADDING = {"padding": "x" * 20_000}


class Mix:
    """Makes one request after the other; how many in a second (`rate`) tells which campaigns end soon.

    They end one after the other for so many seconds; None: none ends.
    """

    def __init__(
        self, seed: int, *, partitions: int, rate: float, started_at: datetime, seconds: float | None
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._make = Maker(seed)
        self._partitions = partitions
        self._rate = rate
        self._ending = [] if seconds is None else list(ending_campaigns(started_at, seconds))
        self._remembered: deque[Request] = deque(maxlen=REMEMBERED)
        self.campaigns: tuple[Campaign, ...] = (*campaigns.ALWAYS, *self._ending)

    def next(self) -> Request:
        kinds: Mapping[Callable[[], Request], int] = {
            self._receipt: 30,
            self._alert: 18,
            self._newcomer: 12,
            self._offer: 8,
            self._window: 10 if self._ending else 0,
            self._again: 12,
            self._partly_failing: 4,
            self._failing: 5,
            self._unreadable: 1,
        }
        [kind] = self._random.choices(list(kinds), list(kinds.values()))
        request = kind()
        self._make.number += 1
        # Whoever sends one again after its campaign's end could not know what becomes of it.
        if request.messages and request.ends_at is None:
            self._remembered.append(request)
        return request

    def _receipt(self) -> Request:
        """For one person, always on the same partition: these must keep their order."""
        number = self._random.randrange(people.REGULARS)
        return self._make.request(
            campaigns.RECEIPT, number % self._partitions, [recipient(people.regular(number))]
        )

    def _alert(self) -> Request:
        """For several people on three channels."""
        count = RECIPIENTS_MAX if self._happens(LARGE_SHARE) else self._random.randint(1, 4)
        recipients = [reachable(user_id) for user_id in people.some_regulars(self._random, count)]
        context = PADDING if self._happens(LARGE_SHARE) else {}
        return self._make.request(campaigns.ALERT, self._anywhere(), recipients, context=context)

    def _newcomer(self) -> Request:
        return self._make.request(campaigns.RECEIPT, self._anywhere(), [self._stranger()])

    def _offer(self) -> Request:
        numbers = self._random.sample(range(people.MEMBERS), self._random.randint(1, 3))
        recipients = [recipient(people.member(number)) for number in numbers]
        return self._make.request(campaigns.OFFER, self._anywhere(), recipients)

    def _window(self) -> Request:
        """Near the end of its campaign, to which a crash may bring it back too late."""
        elapsed = self._make.number / self._rate
        place = round(elapsed / WINDOW_SECONDS + self._random.uniform(0.4, 1.2))
        campaign = self._ending[min(max(place, 1), len(self._ending)) - 1]
        some = [self._stranger(), *map(recipient, people.some_regulars(self._random, 1))]
        return self._make.request(campaign, self._anywhere(), some)

    def _again(self) -> Request:
        """The same request once more: on its partition or another, unchanged or not, spelled otherwise."""
        if not self._remembered:
            return self._receipt()
        before = self._random.choice(self._remembered)
        assert before.body
        context = before.body["context"]
        if self._happens(CHANGED_SHARE):
            context = context | {"note": f"{context['note']}, changed"}
        partition = self._anywhere() if self._happens(ELSEWHERE_SHARE) else before.partition
        # Its members in another order mean the same.
        body = {"context": context} | {name: v for name, v in before.body.items() if name != "context"}
        [campaign] = [each for each in self.campaigns if each.id == before.campaign_id]
        return self._make.written(campaign, partition, body)

    def _partly_failing(self) -> Request:
        good, bad = people.some_regulars(self._random, 2)
        kinds: list[tuple[Campaign, Json]] = [
            (campaigns.ALERT, recipient(bad)),  # no telephone number, no device
            (campaigns.RECEIPT, recipient(bad) | {"channelData": {"emailAddress": "nowhere"}}),
            (campaigns.RECEIPT, {"namespace": "phone", "userId": "+46700000000"}),
        ]
        campaign, failing = self._random.choice(kinds)
        return self._make.request(campaign, self._anywhere(), [reachable(good), failing])

    def _failing(self) -> Request:
        """For its only recipient, or as a whole."""
        someone, make, place = self._stranger(), self._make, self._anywhere()
        kinds: list[Callable[[], Request]] = [
            lambda: make.request(campaigns.CLOSED, place, [someone]),
            lambda: make.without_note(campaigns.RECEIPT, place, [someone]),
            *(
                lambda reason=reason, campaign=campaign: make.rejected(
                    campaign, place, [someone], reason=reason
                )
                for reason, campaign in campaigns.REJECTING.items()
            ),
            lambda: make.rejected(campaigns.RECEIPT, place, [], reason="invalid"),
        ]
        return self._random.choice(kinds)()

    def _unreadable(self) -> Request:
        return self._make.unreadable(self._anywhere())

    def _stranger(self) -> Json:
        return recipient(f"stranger-{self._make.number}@proof.example")

    def _anywhere(self) -> int:
        return self._random.randrange(self._partitions)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share
