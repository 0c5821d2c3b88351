"""Campaigns triggered by Adobe's library aepp, with nothing changed but host names and credentials.

`python aepp_calls.py HOST CLIENT_ID SECRET`, HOST as `http://localhost:8000`, prints the answers as JSON.
"""

import json
import sys

import aepp  # type: ignore[import-not-found]  # it has an environment of its own
from aepp import ajo


def main(host: str, client_id: str, secret: str) -> None:
    aepp.configure(
        org_id="acme@AdobeOrg",
        client_id=client_id,
        secret=secret,
        scopes="openid,AdobeID,read_organizations",
        environment="prod",
    )
    # The host names; aepp keeps them here.
    aepp.config.endpoints["global"] = host
    aepp.config.config_object["oauthTokenEndpointV2"] = f"{host}/ims/token/v3"
    client = ajo.AJO()
    person = {
        "type": "aep",
        "namespace": "email",
        "userId": "alice@example.com",
        "context": {"name": "Alice"},
    }
    unitary = client.triggerUnitaryMessageExecution(
        requestId="r-1", campaignId="welcome", recipients=[person]
    )
    external = {**person, "type": "external", "channelData": {"emailAddress": "alice@example.com"}}
    fast = client.triggerUnitaryHighThrouputMessage(requestId="r-2", campaignId="bulk", recipients=[external])
    audience = client.triggerAudienceMessageExecution(
        requestId="r-3",
        campaignId="welcome",
        audienceId="nobody-has-this",
        context={},
        schedule="2099-01-01T00:00:00Z",
    )
    answers = {"unitary": unitary, "highThroughput": fast, "audience": audience}
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
