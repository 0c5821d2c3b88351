"""Who may call: keys and their scopes, tokens, the organisation, and nobody at all."""

import base64
import re
from asyncio import Event, create_task
from collections.abc import AsyncIterator
from secrets import token_hex
from time import time
from urllib.parse import urlsplit

import jwt
import pytest
from pydantic import SecretStr

from config.errors import SettingsError
from consumer.keys import administration
from consumer.keys.key import NewKey, Scope
from gateway.serve import Gateway
from tests.builders import campaign, trigger
from tests.commands import run
from tests.gateways import TOKEN, UNITARY, Answer, Client, gateway_of
from tests.installation import Installation, eventually

SECRET_KEY = "ab" * 32
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def key(installation: Installation) -> NewKey:
    await installation.activate(campaign())
    return await administration.create(installation.database, "shop", [Scope.TRIGGER])


@pytest.fixture
async def client(installation: Installation, key: NewKey) -> AsyncIterator[Client]:  # noqa: ARG001 - it is there
    async with gateway_of(installation, secret_key=SecretStr(SECRET_KEY)) as client:
        yield client


async def token_for(client: Client, id_: str, secret: str) -> Answer:
    form = f"grant_type=client_credentials&client_id={id_}&client_secret={secret}&scope=openid,AdobeID"
    return await client.call("POST", TOKEN, form, content_type=FORM)


async def test_a_secret_is_a_bearer_in_any_case_of_the_header(client: Client, key: NewKey) -> None:
    answer = await client.post(UNITARY, trigger(), AUTHORIZATION=f"bearer {key.secret}", X_API_KEY=key.id)

    assert answer.status == 202
    assert answer.json["createdBy"] == key.id


async def test_a_secret_is_exchanged_for_a_token_of_an_hour(client: Client, key: NewKey) -> None:
    given = await token_for(client, key.id, key.secret)
    token = given.json["access_token"]
    answer = await client.post(UNITARY, trigger(), authorization=f"Bearer {token}")

    assert (given.status, given.json["token_type"], given.json["expires_in"]) == (200, "bearer", 3600)
    assert answer.status == 202
    assert key.secret not in token


async def test_wrong_client_credentials_give_no_token(client: Client, key: NewKey) -> None:
    for id_, secret in ((key.id, "no"), ("no", key.secret), ("", "")):
        answer = await token_for(client, id_, secret)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    other = await client.call("POST", TOKEN, "grant_type=password", content_type=FORM)
    assert (other.status, other.json["error"]) == (400, "unsupported_grant_type")


async def test_a_forged_or_expired_token_is_refused(client: Client, key: NewKey) -> None:
    claims = {"iss": "clarion", "sub": key.id, "exp": time() + 60}
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    forged = [
        jwt.encode(claims, b"x" * 32, "HS256"),
        jwt.encode({**claims, "exp": time() - 60}, bytes.fromhex(SECRET_KEY), "HS256"),
        jwt.encode({**claims, "iss": "other"}, bytes.fromhex(SECRET_KEY), "HS256"),
        f"{unsigned}.{jwt.encode(claims, b'x' * 32, 'HS256').split('.')[1]}.",
    ]
    for token in forged:
        answer = await client.post(UNITARY, trigger(), authorization=f"Bearer {token}")
        assert (answer.status, answer.kind) == (401, "unauthorized-401")


async def test_without_credentials_a_call_is_refused(client: Client) -> None:
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Basic abc"}):
        answer = await client.post(UNITARY, trigger(), **headers)
        assert (answer.status, answer.kind) == (401, "unauthorized-401")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_another_keys_id_or_a_missing_scope_is_forbidden(
    client: Client, key: NewKey, installation: Installation
) -> None:
    reader = await administration.create(installation.database, "dashboard", [Scope.READ])
    bearer = f"Bearer {reader.secret}"
    mismatch = await client.post(
        UNITARY, trigger(), authorization=f"Bearer {key.secret}", x_api_key=reader.id
    )

    async def is_known() -> bool:
        return (await client.post(UNITARY, trigger(), authorization=bearer)).status != 401

    await eventually(is_known)
    unscoped = await client.post(UNITARY, trigger(), authorization=bearer)
    assert (mismatch.status, unscoped.status) == (403, 403)
    assert "trigger" in unscoped.json["detail"]


async def test_a_revoked_key_and_its_tokens_are_refused_without_a_poll(
    installation: Installation, key: NewKey
) -> None:
    async with gateway_of(
        installation, secret_key=SecretStr(SECRET_KEY), registry_poll_seconds=300
    ) as client:
        token = (await token_for(client, key.id, key.secret)).json["access_token"]
        await administration.revoke(installation.database, key.id)

        async def are_refused() -> bool:
            answers = [
                await client.post(UNITARY, trigger(), authorization=f"Bearer {each}")
                for each in (key.secret, token)
            ]
            return [answer.status for answer in answers] == [401, 401]

        await eventually(are_refused, 10)
        # There was a key: nobody may call without one from then on.
        assert (await client.post(UNITARY, trigger())).status == 401


async def test_the_organisation_must_match_where_one_is_set(installation: Installation, key: NewKey) -> None:
    bearer = f"Bearer {key.secret}"
    async with gateway_of(installation, gateway_org_id="ORG@AdobeOrg") as client:
        ours = await client.post(
            UNITARY, trigger(), authorization=bearer, X_GW_IMS_ORG_ID="ORG@AdobeOrg", x_sandbox_name="prod"
        )
        other = await client.post(UNITARY, trigger(), authorization=bearer, x_gw_ims_org_id="OTHER")
        none = await client.post(UNITARY, trigger(), authorization=bearer)

    assert (ours.status, other.status, none.status) == (202, 403, 403)


async def test_without_any_key_only_loopback_is_answered(installation: Installation) -> None:
    with pytest.raises(SettingsError, match="clarion keys create"):
        async with gateway_of(installation, host="0.0.0.0"):  # noqa: S104 - what is to be refused
            pass
    async with gateway_of(installation, host="0.0.0.0", insecure=True) as client:  # noqa: S104
        assert (await client.post(UNITARY, trigger())).status == 404


async def test_without_a_secret_key_no_token_is_given(installation: Installation, key: NewKey) -> None:
    async with gateway_of(installation) as client:
        answer = await token_for(client, key.id, key.secret)

    assert answer.status == 503
    assert "CLARION_SECRET_KEY" in answer.json["detail"]


async def test_keys_are_created_listed_and_revoked_on_the_command_line(installation: Installation) -> None:
    created = await run(installation, "keys", "create", "shop", "--scope", "trigger", "--json")
    plain = await run(installation, "keys", "create", "desk", "--scope", "read", "--scope", "operate")
    id_, secret = created.json["id"], created.json["secret"]
    revoked = await run(installation, "keys", "revoke", id_)
    unknown = await run(installation, "keys", "revoke", "ck_none")
    listed = await run(installation, "keys", "list", "--json")

    assert re.search(r"^secret  cs_\S{40,}$", plain.out, re.MULTILINE)
    assert (revoked.code, unknown.code) == (0, 1)
    assert [(row["name"], row["scopes"]) for row in listed.json] == [
        ("shop", ["trigger"]),
        ("desk", ["operate", "read"]),
    ]
    assert listed.json[0]["revokedAt"]
    assert secret not in listed.out
    async with installation.database.connection() as connection:
        assert secret not in str(await connection.fetch("SELECT * FROM api_keys"))


async def test_a_right_that_the_gateway_lacks_is_named(installation: Installation) -> None:
    url = urlsplit(installation.settings.database_url or "")
    user = f"reader_{token_hex(4)}"
    async with installation.database.connection() as connection:
        for statement in (
            f"CREATE ROLE {user} LOGIN PASSWORD 'secret'",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
            f"REVOKE SELECT ON api_keys FROM {user}",  # noqa: S608 - a name made here
        ):
            await connection.execute(statement)
    other = url._replace(netloc=f"{user}:secret@{url.netloc.rpartition('@')[2]}").geturl()
    gateway, stop = (
        Gateway(installation.settings.model_copy(update={"database_url": other}), "127.0.0.1", 0),
        Event(),
    )
    running = create_task(gateway.run(stop))
    try:
        await eventually(
            lambda: any("SELECT on api_keys" in reason for reason in gateway.not_ready_because())
        )
    finally:
        stop.set()
        await running
        async with installation.database.connection() as connection:
            await connection.execute(f"DROP OWNED BY {user}")
            await connection.execute(f"DROP ROLE {user}")
