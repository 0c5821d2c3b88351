"""The gateway's settings that have a form of their own."""

import pytest

from config.errors import SettingsError
from config.gateway import SCOPES
from config.loading import load_settings
from consumer.keys.key import Scope


def test_the_scopes_of_groups_are_those_of_keys() -> None:
    assert set(SCOPES) == set(Scope)
    assert load_settings().scopes_by_group["clarion-read"] == ["read"]
    assert load_settings(oidc_scopes='{"a": ["read", "operate"]}').scopes_by_group == {
        "a": ["read", "operate"]
    }


@pytest.mark.parametrize("text", ["a:read", "[]", '{"a": "read"}', '{"a": ["reed"]}', '{"a": [1]}'])
def test_scopes_that_cannot_be_read_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match="CLARION_OIDC_SCOPES: must be a JSON object"):
        load_settings(oidc_scopes=text)


def test_proxies_are_addresses_or_networks() -> None:
    assert load_settings().trusted_proxies == []
    trusted = load_settings(gateway_trusted_proxies="10.0.0.0/8, ::1").trusted_proxies
    assert trusted == ["10.0.0.0/8", "::1"]
    for text in ("proxy.example", "10.0.0.0/33", ","):
        with pytest.raises(SettingsError, match="CLARION_GATEWAY_TRUSTED_PROXIES: must be addresses"):
            load_settings(gateway_trusted_proxies=text)


def test_an_issuer_is_a_url() -> None:
    with pytest.raises(SettingsError, match="CLARION_OIDC_ISSUER: must begin with https://"):
        load_settings(oidc_issuer="login.example.com")
