"""The settings of the gateway, a part of all settings."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Final

import orjson
from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings

from schemas.duration import Duration

SCOPES: Final = ("trigger", "read", "operate", "author", "publish", "admin")
_SECRET_KEY_BYTES: Final = 32
_OWN_GROUPS: Final = {f"clarion-{scope}": [scope] for scope in SCOPES}


def _bytes_of(keys: str) -> Sequence[bytes]:
    return [bytes.fromhex(key) for key in keys.split(",")]


def _hex_keys(keys: SecretStr | None) -> SecretStr | None:
    try:
        lengths = {len(key) for key in _bytes_of(keys.get_secret_value())} if keys else {_SECRET_KEY_BYTES}
    except ValueError:
        lengths = set()
    if lengths != {_SECRET_KEY_BYTES}:
        raise ValueError(
            f"must be {_SECRET_KEY_BYTES} bytes in hex, as `openssl rand -hex {_SECRET_KEY_BYTES}` gives "
            "them; several separated by commas"
        )
    return keys


def _scopes_by_group(text: str | None) -> str | None:
    if text is not None and not _are_scopes(_parsed(text)):
        raise ValueError(
            'must be a JSON object of groups, each with its scopes, as {"support": ["read"]}; '
            f"the scopes are {', '.join(SCOPES)}"
        )
    return text


def _parsed(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _are_scopes(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(scopes, list) and all(scope in SCOPES for scope in scopes) for scopes in value.values()
    )


def _networks(text: str | None) -> str | None:
    try:
        for part in (text or "::1").split(","):
            ip_network(part.strip())
    except ValueError:
        raise ValueError(
            "must be addresses or networks, as 10.0.0.5 or 10.0.0.0/8; several separated by commas"
        ) from None
    return text


class GatewaySettings(BaseSettings):
    secret_key: Annotated[SecretStr | None, AfterValidator(_hex_keys)] = Field(
        None,
        description="Signs the gateway's tokens: 32 bytes in hex; several separated by commas for rotation, "
        "of which the first signs. It is also the key by which executions are found by person. Unset: no "
        "tokens are given, a key's secret is sent itself, and nobody is found by name.",
    )
    gateway_org_id: str | None = Field(
        None,
        description="The organisation that calls of the gateway must name in `x-gw-ims-org-id`. Unset: any.",
    )
    gateway_in_flight_max: int = Field(
        1_000,
        ge=1,
        le=100_000,
        description="Calls that one gateway process works on at once; beyond them the answer is 503.",
    )
    gateway_stale_max: Duration = Field(
        timedelta(minutes=5),
        description="How long the gateway goes on by what it has in memory while PostgreSQL is away.",
    )
    gateway_trusted_proxies: Annotated[str | None, AfterValidator(_networks)] = Field(
        None,
        description="Addresses or networks of the proxies whose `X-Forwarded-For` says who calls, separated "
        "by commas. Unset: nobody's does.",
    )
    oidc_issuer: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")] | None = Field(
        None,
        description="URL of an OpenID Connect issuer whose tokens the gateway accepts besides keys, as they "
        "name it in `iss`. Unset: none.",
    )
    oidc_audience: str = Field(
        "clarion",
        description="What a token of the issuer must name in `aud`: that it is meant for Clarion.",
    )
    oidc_groups_claim: str = Field("groups", description="The claim that lists somebody's groups.")
    oidc_scopes: Annotated[str | None, AfterValidator(_scopes_by_group)] = Field(
        None,
        description='The scopes of each group, as JSON: `{"support": ["read"], "sre": ["read", "operate"]}`. '
        "Unset: the group `clarion-read` has the scope `read`, and so on for each scope.",
    )

    @property
    def signing_keys(self) -> Sequence[bytes]:
        """The keys of `secret_key`; the first signs."""
        return _bytes_of(self.secret_key.get_secret_value()) if self.secret_key else ()

    @property
    def scopes_by_group(self) -> Mapping[str, Sequence[str]]:
        scopes: Mapping[str, Sequence[str]] = (
            orjson.loads(self.oidc_scopes) if self.oidc_scopes else _OWN_GROUPS
        )
        return scopes

    @property
    def trusted_proxies(self) -> Sequence[str]:
        """Addresses and networks."""
        return [part.strip() for part in (self.gateway_trusted_proxies or "").split(",") if part.strip()]
