"""How to reach the brokers: the settings as aiokafka's clients take them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka.helpers import create_ssl_context
from pydantic import SecretStr

from config.compression import require_codecs
from config.errors import SettingsError, environment_name, unset
from config.oauth import ClientCredentials, TokenProvider
from config.settings import Settings


def kafka_client_options(settings: Settings) -> dict[str, Any]:
    """The keyword arguments that every client of aiokafka needs: consumer, producer, admin.

    Raises SettingsError when no brokers are named, the certificates cannot be used or a codec is missing.
    """
    require_codecs()
    if settings.kafka_bootstrap_servers is None:
        raise SettingsError(unset("kafka_bootstrap_servers"))
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": settings.kafka_security_protocol,
        **_sasl_options(settings),
        **_ssl_options(settings),
    }


def kafka_producer_options(settings: Settings) -> dict[str, Any]:
    """What producers need besides: everything that Clarion writes is compressed as set."""
    return {"compression_type": None if settings.compression == "none" else settings.compression}


def _sasl_options(settings: Settings) -> dict[str, Any]:
    if not settings.kafka_security_protocol.startswith("SASL"):
        return {}
    options: dict[str, Any] = {"sasl_mechanism": settings.kafka_sasl_mechanism}
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        return options | {"sasl_oauth_token_provider": _token_provider(settings)}
    return options | {
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": _plain(settings.kafka_sasl_password),
    }


def _token_provider(settings: Settings) -> TokenProvider:
    credentials = ClientCredentials(
        settings.kafka_sasl_oauth_token_endpoint or "",
        settings.kafka_sasl_oauth_client_id or "",
        _plain(settings.kafka_sasl_oauth_client_secret) or "",
        settings.kafka_sasl_oauth_scope,
    )
    with _usable_certificates():
        tls = ssl.create_default_context()
        if settings.kafka_ssl_cafile:
            tls.load_verify_locations(settings.kafka_ssl_cafile)
        return TokenProvider(credentials, tls)


def _ssl_options(settings: Settings) -> dict[str, Any]:
    if not settings.kafka_security_protocol.endswith("SSL"):
        return {}
    with _usable_certificates():
        context = create_ssl_context(
            cafile=_text(settings.kafka_ssl_cafile),
            certfile=_text(settings.kafka_ssl_certfile),
            keyfile=_text(settings.kafka_ssl_keyfile),
            # Never None: OpenSSL would ask for it on the terminal, and wait.
            password=_plain(settings.kafka_ssl_keyfile_password) or "",
        )
    context.check_hostname = settings.kafka_ssl_check_hostname
    return {"ssl_context": context}


@contextmanager
def _usable_certificates() -> Iterator[None]:
    """Raises SettingsError for files that cannot be used."""
    try:
        yield
    except (ssl.SSLError, OSError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else error.strerror or error
        names = environment_name("kafka_ssl_cafile").removesuffix("CAFILE") + "*"
        raise SettingsError(
            f"{names}: the certificates or the key cannot be used ({reason}); "
            "they must be readable PEM files that belong together, and the key's password the right one"
        ) from None


def _text(path: object | None) -> str | None:
    return None if path is None else str(path)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
