"""The seeded mix: the same seed gives the same triggers in the same order."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

import orjson

from proof.workload import campaigns, people
from proof.workload.campaigns import WINDOW_SECONDS, Campaign, ending_campaigns
from proof.workload.model import created_people, expected_outcomes
from proof.workload.request import Json, Outcome, Request, execution_id

REMEMBERED = 300
"""How many requests back one may be sent again."""
RECIPIENTS_MAX = 20
PADDING = "x" * 20_000


class Mix:
    """Makes requests one after the other. `rate`, per second, tells how far the time will have gone by then."""

    def __init__(
        self, seed: int, *, partitions: int, rate: float, started_at: datetime, seconds: float
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._partitions = partitions
        self._rate = rate
        self._ending = list(ending_campaigns(started_at, seconds))
        self._seed = seed
        self._number = 0
        self._sent: deque[Request] = deque(maxlen=REMEMBERED)
        self.campaigns: tuple[Campaign, ...] = (*campaigns.ALWAYS, *self._ending)

    def next(self) -> Request:
        kinds: Mapping[Callable[[], Request], int] = {
            self._receipt: 30,
            self._alert: 18,
            self._newcomer: 12,
            self._offer: 8,
            self._window: 10,
            self._again: 12,
            self._partly_failing: 4,
            self._rejected: 5,
            self._unreadable: 1,
        }
        [kind] = self._random.choices(list(kinds), list(kinds.values()))
        request = kind()
        self._number += 1
        if request.messages and request.ends_at is None:
            self._sent.append(request)
        return request

    # --- kinds ---------------------------------------------------------------------------------------

    def _receipt(self) -> Request:
        """For one person, always on the same partition: these must keep their order."""
        number = self._random.randrange(people.REGULARS)
        return self._request(
            campaigns.RECEIPT, [_recipient(people.regular(number))], number % self._partitions
        )

    def _alert(self) -> Request:
        """For several people on three channels; now and then as many as there may be, or a large one."""
        count = RECIPIENTS_MAX if self._random.random() < 0.02 else self._random.randint(1, 4)
        recipients = [_reachable(user_id) for user_id in people.some_regulars(self._random, count)]
        padding = {"padding": PADDING} if self._random.random() < 0.02 else {}
        return self._request(campaigns.ALERT, recipients, context=padding)

    def _newcomer(self) -> Request:
        return self._request(campaigns.RECEIPT, [_recipient(f"newcomer-{self._number}@proof.example")])

    def _offer(self) -> Request:
        numbers = self._random.sample(range(people.MEMBERS), self._random.randint(1, 3))
        return self._request(campaigns.OFFER, [_recipient(people.member(number)) for number in numbers])

    def _window(self) -> Request:
        """Near the end of its campaign, to which a crash may bring it back too late."""
        place = round(self._number / self._rate / WINDOW_SECONDS + self._random.uniform(-0.15, 0.6))
        campaign = self._ending[min(max(place, 1), len(self._ending)) - 1]
        some = [f"visitor-{self._number}@proof.example", *people.some_regulars(self._random, 1)]
        return self._request(campaign, [_recipient(user_id) for user_id in some])

    def _again(self) -> Request:
        """The same request once more: on its partition or another, unchanged or not."""
        if not self._sent:
            return self._receipt()
        before = self._random.choice(self._sent)
        assert before.body
        context = before.body["context"]
        if self._random.random() < 0.25:
            context = context | {"note": f"{context['note']}, changed"}
        partition = before.partition if self._random.random() < 0.5 else self._any_partition()
        body = {"context": context} | {name: v for name, v in before.body.items() if name != "context"}
        return self._written(self._campaign(before.campaign_id), body, partition)

    def _partly_failing(self) -> Request:
        good, bad = people.some_regulars(self._random, 2)
        kinds: list[tuple[Campaign, Json]] = [
            (campaigns.ALERT, _recipient(bad)),  # no telephone number, no device
            (campaigns.RECEIPT, _recipient(bad) | {"channelData": {"emailAddress": "nowhere"}}),
            (campaigns.RECEIPT, {"namespace": "phone", "userId": "+46700000000"}),
        ]
        campaign, failing = self._random.choice(kinds)
        return self._request(campaign, [_reachable(good), failing])

    def _rejected(self) -> Request:
        """By each person on its own, or as a whole: see the names of the reasons."""
        recipient = _recipient(*people.some_regulars(self._random, 1))
        match self._random.randrange(8):
            case 0:
                return self._request(campaigns.CLOSED, [_recipient(f"stranger-{self._number}@proof.example")])
            case 1:
                return self._request(campaigns.RECEIPT, [recipient], without_note=True)
            case 2:
                return self._whole(Campaign("proof-unknown"), "unknown_campaign", [recipient])
            case 3:
                return self._whole(campaigns.STOPPED, "campaign_not_live", [recipient])
            case 4:
                return self._whole(campaigns.EARLY, "before_start", [recipient])
            case 5:
                return self._whole(campaigns.LATE, "after_end", [recipient])
            case 6:
                return self._whole(campaigns.BULK, "wrong_lane", [recipient])
            case _:
                return self._whole(campaigns.RECEIPT, "invalid", [])

    def _unreadable(self) -> Request:
        """Not JSON at all: nobody can tell whose it was, so it has no execution."""
        outcome = Outcome(None, None, "rejection", "malformed")
        value = b"{not JSON %d" % self._number
        return Request(self._number, self._any_partition(), b"key", value, None, None, (outcome,))

    # --- making them ---------------------------------------------------------------------------------

    def _request(
        self,
        campaign: Campaign,
        recipients: list[Json],
        partition: int | None = None,
        *,
        context: Json | None = None,
        without_note: bool = False,
    ) -> Request:
        note = {} if without_note else {"note": f"note {self._number}"}
        body = self._body(campaign, recipients, note | (context or {}))
        return self._written(campaign, body, self._any_partition() if partition is None else partition)

    def _whole(self, campaign: Campaign, reason: str, recipients: list[Json]) -> Request:
        body = self._body(campaign, recipients, {"note": f"note {self._number}"})
        outcome = Outcome(None, None, "rejection", reason)
        value = orjson.dumps(body)
        ids = body["requestId"], body["campaignId"]
        return Request(self._number, self._any_partition(), b"key", value, *ids, (outcome,))

    def _body(self, campaign: Campaign, recipients: list[Json], context: Json) -> Json:
        # The seed keeps the requests of two proofs on one installation apart.
        request_id = f"r-{self._seed}-{self._number}"
        return {
            "requestId": request_id,
            "campaignId": campaign.id,
            "recipients": recipients,
            "context": context,
        }

    def _written(self, campaign: Campaign, body: Json, partition: int) -> Request:
        execution = execution_id(campaign.id, body["requestId"])
        return Request(
            self._number,
            partition,
            body["recipients"][0]["userId"].encode(),
            orjson.dumps(body),
            body["requestId"],
            campaign.id,
            expected_outcomes(campaign, execution, body),
            created_people(campaign, body),
            # Those of YEARs away are decided before they are sent.
            campaign.end,
            body,
        )

    def _campaign(self, id_: str | None) -> Campaign:
        return next(campaign for campaign in self.campaigns if campaign.id == id_)

    def _any_partition(self) -> int:
        return self._random.randrange(self._partitions)


def _recipient(user_id: str) -> Json:
    return {"namespace": "email", "userId": user_id}


def _reachable(user_id: str) -> Json:
    """On every channel."""
    push = {"token": f"token of {user_id}", "platform": "apns", "appId": "example.clarion.proof"}
    data = {"mobilePhoneNumber": "+46 70 123 45 67", "pushInfo": push}
    return _recipient(user_id) | {"channelData": data}
