"""Makes requests out of campaigns, recipients and context, with what the model expects of them."""

import orjson

from proof.workload.campaigns import Campaign
from proof.workload.model import created_people, expected_outcomes
from proof.workload.request import Json, Outcome, Request, execution_id


class Maker:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.number = 0
        """Of the request to be made next."""

    def request(
        self, campaign: Campaign, partition: int, recipients: list[Json], *, context: Json | None = None
    ) -> Request:
        """One that is executed, for each recipient by its own fate."""
        note = {"note": f"note {self.number}"}
        return self.written(campaign, partition, self._body(campaign, recipients, note | (context or {})))

    def without_note(self, campaign: Campaign, partition: int, recipients: list[Json]) -> Request:
        """One that lacks what every template needs."""
        return self.written(campaign, partition, self._body(campaign, recipients, {}))

    def rejected(self, campaign: Campaign, partition: int, recipients: list[Json], *, reason: str) -> Request:
        """One that is rejected as a whole."""
        body = self._body(campaign, recipients, {})
        outcome = Outcome(None, None, "rejection", reason)
        ids = body["requestId"], body["campaignId"]
        return Request(self.number, partition, b"key", orjson.dumps(body), *ids, (outcome,))

    def unreadable(self, partition: int) -> Request:
        """Not JSON at all: nobody can tell whose it was, so it has no execution."""
        outcome = Outcome(None, None, "rejection", "malformed")
        return Request(self.number, partition, b"key", b"{not JSON %d" % self.number, None, None, (outcome,))

    def written(self, campaign: Campaign, partition: int, body: Json) -> Request:
        execution = execution_id(campaign.id, body["requestId"])
        return Request(
            number=self.number,
            partition=partition,
            key=body["recipients"][0]["userId"].encode(),
            value=orjson.dumps(body),
            request_id=body["requestId"],
            campaign_id=campaign.id,
            outcomes=expected_outcomes(campaign, execution, body),
            creates=created_people(campaign, body),
            ends_at=campaign.end,
            body=body,
        )

    def _body(self, campaign: Campaign, recipients: list[Json], context: Json) -> Json:
        return {
            # The reader who follows finds the number in it again.
            "requestId": f"r-{self._seed}-{self.number}",
            "campaignId": campaign.id,
            "recipients": recipients,
            "context": context,
        }


def recipient(user_id: str) -> Json:
    return {"namespace": "email", "userId": user_id}


def reachable(user_id: str) -> Json:
    """A recipient with an address on every channel."""
    push = {"token": f"token of {user_id}", "platform": "apns", "appId": "example.clarion.proof"}
    data = {"mobilePhoneNumber": "+46 70 123 45 67", "pushInfo": push}
    return recipient(user_id) | {"channelData": data}
