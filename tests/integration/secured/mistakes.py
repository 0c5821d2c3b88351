"""Settings that are wrong in one point, and the sentence that each has to give."""

import re
from collections.abc import Callable

from tests.integration.secured.conftest import Access, Settings

Way = Callable[[Access], Settings]


def without(settings: Settings, *names: str) -> Settings:
    return {name: value for name, value in settings.items() if name not in names}


def by_another_name(settings: Settings) -> Settings:
    """The certificate is for localhost and 127.0.0.1 only."""
    return settings | {
        "kafka_bootstrap_servers": str(settings["kafka_bootstrap_servers"]).replace("localhost", "127.1")
    }


def with_certificate_of_a_stranger(access: Access) -> Settings:
    issued = access.stranger().issue("stranger")
    return access.mutual("known") | {
        "kafka_ssl_certfile": issued.certfile,
        "kafka_ssl_keyfile": issued.keyfile,
    }


MISTAKES: dict[str, tuple[Way, str]] = {
    "wrong password, scram": (
        lambda access: access.scram("consumer", "guessed"),
        (
            r"Kafka at localhost:\d+ refuses the login of consumer by SCRAM-SHA-512; "
            "correct CLARION_KAFKA_SASL_USERNAME and CLARION_KAFKA_SASL_PASSWORD."
        ),
    ),
    "wrong password, plain": (
        lambda access: access.without_tls("consumer", "guessed"),
        r"Kafka at localhost:\d+ refuses the login of consumer by PLAIN; ",
    ),
    "unknown mechanism": (
        lambda access: access.scram("consumer") | {"kafka_sasl_mechanism": "SCRAM-SHA-256"},
        r"Kafka at localhost:\d+ does not offer SCRAM-SHA-256; set CLARION_KAFKA_SASL_MECHANISM",
    ),
    "unknown authority": (
        lambda access: access.tls() | {"kafka_ssl_cafile": access.stranger().cafile},
        (
            r"The certificate of Kafka at localhost:\d+ is not accepted \(unable to get local issuer .*"
            "let CLARION_KAFKA_SSL_CAFILE name the authority"
        ),
    ),
    "system's authorities": (
        lambda access: without(access.tls(), "kafka_ssl_cafile"),
        r"The certificate of Kafka at localhost:\d+ is not accepted .* CLARION_KAFKA_SSL_CAFILE",
    ),
    "certificate for another name": (
        lambda access: by_another_name(access.tls()),
        (
            r"The certificate of Kafka at 127.1:\d+ is not accepted \(.*mismatch.*\); "
            "use a name that it is for in CLARION_KAFKA_BOOTSTRAP_SERVERS."
        ),
    ),
    "no client certificate": (
        lambda access: without(access.mutual("missing"), "kafka_ssl_certfile", "kafka_ssl_keyfile"),
        r"Kafka at localhost:\d+ ends the connection after the TLS handshake.*set CLARION_KAFKA_SSL_CERTFILE",
    ),
    "client certificate of a stranger": (
        with_certificate_of_a_stranger,
        r"Kafka at localhost:\d+ ends the connection after the TLS handshake.*certificate that it trusts",
    ),
    "no TLS to a port with TLS": (
        lambda access: without(access.tls(), "kafka_ssl_cafile", "kafka_security_protocol"),
        r"Kafka at localhost:\d+ speaks TLS, and CLARION_KAFKA_SECURITY_PROTOCOL is PLAINTEXT; set it to SSL",
    ),
    "TLS to a port without": (
        lambda access: access.tls() | access.unsecured(),
        (
            r"Kafka at 127.0.0.1:\d+ does not speak TLS, and CLARION_KAFKA_SECURITY_PROTOCOL is SSL; "
            "set it to PLAINTEXT, "
        ),
    ),
    "no login where one is asked for": (
        lambda access: without(
            access.without_tls("nobody"),
            "kafka_security_protocol",
            "kafka_sasl_username",
            "kafka_sasl_password",
        ),
        r"Kafka at localhost:\d+ seems to ask for a login, .* is PLAINTEXT; set it to SASL_PLAINTEXT, ",
    ),
    "login where none is asked for": (
        lambda access: access.without_tls("nobody") | access.unsecured(),
        r"Kafka at 127.0.0.1:\d+ asks for no login, .* is SASL_PLAINTEXT; set it to PLAINTEXT, ",
    ),
    "wrong secret": (
        lambda access: access.oauth("a-service", "guessed"),
        (
            r"The token endpoint http://127.0.0.1:\d+/token refuses a token to the client a-service "
            r"\(the secret is wrong\); correct CLARION_KAFKA_SASL_OAUTH_CLIENT_ID, "
        ),
    ),
    "no token endpoint": (
        lambda access: (
            access.oauth("a-service") | {"kafka_sasl_oauth_token_endpoint": "http://127.0.0.1:9/token"}
        ),
        r"The token endpoint http://127.0.0.1:9/token gives no answer .* \(connection refused\)",
    ),
    "nobody listens": (
        lambda _: {"kafka_bootstrap_servers": "localhost:9"},
        r"Kafka does not answer at localhost:9 \(connection refused\); start it, or correct",
    ),
    "unknown host": (
        lambda _: {"kafka_bootstrap_servers": "kafka.invalid:9092"},
        r"Kafka does not answer at kafka.invalid:9092 \(no such host is known\)",
    ),
    "no Kafka": (
        lambda access: {
            "kafka_bootstrap_servers": re.findall(
                r"//(.*)/", str(access.oauth("x")["kafka_sasl_oauth_token_endpoint"])
            )[0]
        },
        r"What answers at 127.0.0.1:\d+ is no Kafka; correct CLARION_KAFKA_BOOTSTRAP_SERVERS.",
    ),
}
