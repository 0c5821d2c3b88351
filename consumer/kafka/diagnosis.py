"""Why Kafka cannot be reached: its address, the likely cause and what to change, in one sentence.

aiokafka raises the same "Unable to bootstrap" for all causes and leaves the causes to its log.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from config.errors import environment_name
from config.oauth import TokenError
from consumer.kafka.errors import KafkaUnreachableError
from consumer.kafka.fencing.connection import DroppedError, addresses, advertised_brokers
from consumer.kafka.port import closed_port, speaks_kafka, speaks_tls

_ADDRESSES_MAX: Final = 3
_LOGIN_SECONDS: Final = 5.0
_SERVERS: Final = environment_name("kafka_bootstrap_servers")
_PROTOCOL: Final = environment_name("kafka_security_protocol")


async def unreachable(options: Mapping[str, Any]) -> KafkaUnreachableError:
    """The error to raise in place of one of aiokafka's that names no cause.

    `options` are those of config/kafka.py. The brokers are asked once more, a few seconds at most.
    """
    asked = addresses(options["bootstrap_servers"])[:_ADDRESSES_MAX]
    found = await asyncio.gather(*(_trouble(options, *address) for address in asked))
    sentences = list(dict.fromkeys(filter(None, found)))
    listed = ", ".join(_shown(*address) for address in asked)
    return KafkaUnreachableError(
        " ".join(sentences) or f"Kafka at {listed} did not answer a moment ago and does now; try again."
    )


async def _trouble(options: Mapping[str, Any], host: str, port: int) -> str | None:
    """None for a broker that can be used, and whose cluster can."""
    if why := await closed_port(host, port):
        return f"Kafka does not answer at {_shown(host, port)} ({why}); start it, or correct {_SERVERS}."
    try:
        async with asyncio.timeout(_LOGIN_SECONDS):
            advertised = await advertised_brokers(options, host, port, _LOGIN_SECONDS)
    except (OSError, TimeoutError, KafkaError) as error:
        return await _sentence(options, host, port, error)
    for address in advertised[:_ADDRESSES_MAX]:
        if address != (host, port) and (why := await closed_port(*address)):
            return (
                f"Kafka answers at {_shown(host, port)} and sends its clients to {_shown(*address)}, where "
                f"nothing answers ({why}); correct the brokers' advertised.listeners."
            )
    return None


async def _sentence(options: Mapping[str, Any], host: str, port: int, error: BaseException) -> str:
    at, cause = _shown(host, port), _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _about_certificate(at, cause)
    return _about_login(at, options, error) or await _about_tls(at, host, port, options, cause)


def _about_certificate(at: str, error: ssl.SSLCertVerificationError) -> str:
    fixes = {
        10: "renew it on the broker",
        62: f"use a name that it is for in {_SERVERS}",
        64: f"use a name that it is for in {_SERVERS}",
    }
    authority = f"let {environment_name('kafka_ssl_cafile')} name the authority that signed it"
    said, fix = error.verify_message.removesuffix("."), fixes.get(error.verify_code, authority)
    return f"The certificate of Kafka at {at} is not accepted ({said}); {fix}."


def _about_login(at: str, options: Mapping[str, Any], error: BaseException) -> str | None:
    protocol = options["security_protocol"]
    sentence = None
    match error:
        case TokenError():
            sentence = str(error)
        case UnsupportedSaslMechanismError():
            name = environment_name("kafka_sasl_mechanism")
            sentence = (
                f"Kafka at {at} does not offer {options['sasl_mechanism']}; set {name} to what it offers."
            )
        case IllegalSaslStateError():
            sentence = _about_port(at, "asks for no login", protocol, protocol.removeprefix("SASL_"))
        case DroppedError() if not protocol.startswith("SASL"):
            sentence = _about_port(at, "seems to ask for a login", protocol, f"SASL_{protocol}")
        case SaslAuthenticationFailed() | DroppedError():
            sentence = _rejected_login(at, options)
    return sentence


async def _about_tls(at: str, host: str, port: int, options: Mapping[str, Any], cause: BaseException) -> str:
    protocol = options["security_protocol"]
    if await speaks_kafka(host, port):
        return _about_port(at, "does not speak TLS", protocol, protocol.replace("SSL", "PLAINTEXT"))
    if not await speaks_tls(host, port):
        return f"What answers at {at} is no Kafka; correct {_SERVERS}."
    if not protocol.endswith("SSL"):
        return _about_port(at, "speaks TLS", protocol, protocol.replace("PLAINTEXT", "SSL"))
    said = f" ({cause.reason})" if isinstance(cause, ssl.SSLError) and cause.reason else ""
    certificate, key = environment_name("kafka_ssl_certfile"), environment_name("kafka_ssl_keyfile")
    return (
        f"Kafka at {at} ends the connection after the TLS handshake{said}, as it does when it wants a "
        f"client certificate that it trusts; set {certificate} and {key}."
    )


def _about_port(at: str, what: str, protocol: str, better: str) -> str:
    return f"Kafka at {at} {what}, and {_PROTOCOL} is {protocol}; set it to {better}, or correct the port."


def _rejected_login(at: str, options: Mapping[str, Any]) -> str:
    mechanism = options["sasl_mechanism"]
    if mechanism == "OAUTHBEARER":
        return (
            f"Kafka at {at} does not accept the token; compare its issuer, audience and scope "
            "with what the brokers expect."
        )
    names = f"{environment_name('kafka_sasl_username')} and {environment_name('kafka_sasl_password')}"
    return (
        f"Kafka at {at} refuses the login of {options['sasl_plain_username']} by {mechanism}; "
        f"correct {names}."
    )


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__
    return error


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
