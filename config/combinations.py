"""Settings that are each right and do not go together."""

from collections.abc import Iterator

from config.errors import environment_name
from config.settings import Settings


def faults(settings: Settings) -> Iterator[str]:
    """One sentence for each combination that cannot work, or that would silently do nothing."""
    yield from _sasl_faults(settings)
    yield from _ssl_faults(settings)


_LOGIN = ("kafka_sasl_username", "kafka_sasl_password")
_OAUTH_NEEDED = (
    "kafka_sasl_oauth_token_endpoint",
    "kafka_sasl_oauth_client_id",
    "kafka_sasl_oauth_client_secret",
)
_OAUTH = (*_OAUTH_NEEDED, "kafka_sasl_oauth_scope")


def _sasl_faults(settings: Settings) -> Iterator[str]:
    protocol, mechanism = settings.kafka_security_protocol, settings.kafka_sasl_mechanism
    if not protocol.startswith("SASL"):
        for field in (*_LOGIN, *_OAUTH):
            if getattr(settings, field) is not None:
                yield _unused(field, protocol, "SASL_SSL or SASL_PLAINTEXT")
        return
    is_oauth = mechanism == "OAUTHBEARER"
    for field in _OAUTH_NEEDED if is_oauth else _LOGIN:
        if getattr(settings, field) is None:
            yield f"{environment_name(field)}: is needed for {mechanism if is_oauth else protocol}"
    for field in _LOGIN if is_oauth else _OAUTH:
        if getattr(settings, field) is not None:
            yield (
                f"{environment_name(field)}: has no effect with "
                f"{environment_name('kafka_sasl_mechanism')}={mechanism}"
            )


def _ssl_faults(settings: Settings) -> Iterator[str]:
    protocol = settings.kafka_security_protocol
    for field in (
        "kafka_ssl_cafile",
        "kafka_ssl_certfile",
        "kafka_ssl_keyfile",
        "kafka_ssl_keyfile_password",
    ):
        if getattr(settings, field) is not None and not protocol.endswith("SSL"):
            yield _unused(field, protocol, "SSL or SASL_SSL")
    if not settings.kafka_ssl_check_hostname and not protocol.endswith("SSL"):
        yield _unused("kafka_ssl_check_hostname", protocol, "SSL or SASL_SSL")
    if settings.kafka_ssl_certfile is None:
        for field in ("kafka_ssl_keyfile", "kafka_ssl_keyfile_password"):
            if getattr(settings, field) is not None:
                yield f"{environment_name(field)}: needs {environment_name('kafka_ssl_certfile')} too"


def _unused(field: str, protocol: str, needed: str) -> str:
    security = environment_name("kafka_security_protocol")
    return f"{environment_name(field)}: has no effect with {security}={protocol}; set that to {needed}"
