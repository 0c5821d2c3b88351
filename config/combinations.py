"""Settings that are each right and do not go together."""

from collections.abc import Iterator

from config.errors import environment_name
from config.settings import Settings


def faults(settings: Settings) -> Iterator[str]:
    """One sentence for each combination that cannot work, or that would silently do nothing."""
    yield from _sasl_faults(settings)
    yield from _ssl_faults(settings)


def _sasl_faults(settings: Settings) -> Iterator[str]:
    protocol, wants_login = (
        settings.kafka_security_protocol,
        settings.kafka_security_protocol.startswith("SASL"),
    )
    for field in ("kafka_sasl_username", "kafka_sasl_password"):
        is_given = getattr(settings, field) is not None
        if wants_login and not is_given:
            yield f"{environment_name(field)}: is needed for {protocol}"
        if is_given and not wants_login:
            yield _unused(field, protocol, "SASL_SSL or SASL_PLAINTEXT")


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
    if settings.kafka_ssl_certfile is None:
        for field in ("kafka_ssl_keyfile", "kafka_ssl_keyfile_password"):
            if getattr(settings, field) is not None:
                yield f"{environment_name(field)}: needs {environment_name('kafka_ssl_certfile')} too"


def _unused(field: str, protocol: str, needed: str) -> str:
    security = environment_name("kafka_security_protocol")
    return f"{environment_name(field)}: has no effect with {security}={protocol}; set that to {needed}"
