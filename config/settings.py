"""Every setting there is, as config/loading.py reads it from the environment.

An empty variable counts as unset. docs/settings.md is made from this class by config/reference.py.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
)
from pydantic_settings import SettingsConfigDict

from config.errors import ENVIRONMENT_PREFIX
from config.gateway import GatewaySettings
from config.ports import check_ports, check_url_ports
from schemas.duration import Duration
from schemas.profile import ConsentDefault

_SERVER: Final = r"(?:\[[0-9A-Fa-f:.]+\]|[^\s,:/\[\]]+)(?::\d{1,5})?"
_Servers = Annotated[
    str,
    StringConstraints(pattern=rf"^\s*{_SERVER}(?:\s*,\s*{_SERVER})*\s*$"),
    AfterValidator(check_ports),
]
# Group and instance are parts of the transactional.id; a topic's name has at most 249 characters.
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,200}$")]
_HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]
_DatabaseUrl = Annotated[
    str, StringConstraints(pattern=r"^postgres(ql)?://"), AfterValidator(check_url_ports)
]

HTTP_PORT: Final = 8080
_SPARE_HTTP_PORTS: Final = range(HTTP_PORT + 1, HTTP_PORT + 20)


def _off_is_none(port: object) -> object:
    return None if isinstance(port, str) and port.strip().lower() == "off" else port


def _capitals(level: object) -> object:
    return level.upper() if isinstance(level, str) else level


def _supported_region(region: str | None) -> str | None:
    if region is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - 7 MB, for those who set it

    if region.upper() not in SUPPORTED_REGIONS:
        raise ValueError("must be the two letters of a country (ISO 3166), as SE")
    return region.upper()


class Settings(GatewaySettings):
    """What can be set, each as `CLARION_` and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    kafka_bootstrap_servers: _Servers | None = Field(
        None, description="Kafka brokers as `host:port`, separated by commas. Unset: an embedded Kafka."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How the brokers are spoken to."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "PLAIN", description="How to log in, for SASL_PLAINTEXT and SASL_SSL."
    )
    kafka_sasl_username: str | None = Field(None, description="The user to log in as.")
    kafka_sasl_password: SecretStr | None = Field(None, description="That user's password.")
    kafka_sasl_oauth_token_endpoint: _HttpUrl | None = Field(
        None, description="For OAUTHBEARER: the URL that gives tokens for client credentials."
    )
    kafka_sasl_oauth_client_id: str | None = Field(None, description="The client to ask for tokens as.")
    kafka_sasl_oauth_client_secret: SecretStr | None = Field(None, description="That client's secret.")
    kafka_sasl_oauth_scope: str | None = Field(
        None, description="The scope to ask for; several separated by spaces. Unset: the endpoint's default."
    )
    kafka_ssl_cafile: FilePath | None = Field(
        None,
        description="PEM file of the authorities that sign the brokers' certificates. Unset: the system's. "
        "The token endpoint is trusted by the system's and by these.",
    )
    kafka_ssl_certfile: FilePath | None = Field(
        None, description="PEM file of the client's own certificate, if the brokers ask for one."
    )
    kafka_ssl_keyfile: FilePath | None = Field(
        None, description="PEM file of its private key. Unset: the key is in the certificate's file."
    )
    kafka_ssl_keyfile_password: SecretStr | None = Field(None, description="Password of the private key.")
    kafka_ssl_check_hostname: bool = Field(
        True,  # noqa: FBT003 - pydantic's way
        description="Whether a broker's certificate must be for the name by which it is reached.",
    )
    embedded_kafka: Literal["docker", "java"] | None = Field(
        None, description="Forces one way to start the embedded Kafka. Unset: the first that works."
    )
    embedded_kafka_version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] | None = Field(
        None, description="Version of the embedded Kafka, as `3.9.1`. Unset: `4.3.1`."
    )
    database_url: _DatabaseUrl | None = Field(
        None,
        repr=False,  # it may hold a password
        description="`postgresql://user:password@host:5432/database`. Unset: an embedded PostgreSQL.",
    )
    topic_prefix: _Id = Field("clarion.", description="What the name of every topic begins with.")
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        "zstd",
        description="The codec of the records that Clarion writes. Records in any of these are read.",
    )
    topic_partitions: int = Field(
        12, ge=1, le=10_000, description="Partitions of each topic that `clarion topics create` makes."
    )
    replication_factor: int = Field(
        1, ge=1, le=100, description="Replicas of each topic that it makes; 3 in production."
    )
    dead_letter_retention: Duration = Field(
        timedelta(days=30), description="How long a dead letter is kept and can be replayed."
    )
    feedback_retention: Duration = Field(
        timedelta(days=90),
        description="How long a delivery is known: what is reported of it later has no effect.",
    )
    soft_bounce_limit: int = Field(
        5,
        ge=1,
        le=20,
        description="Soft bounces of an address in a row, without a success between them, that suppress it.",
    )
    group_id: _Id | None = Field(
        None, description="Consumer group; each lane needs its own. Unset: topic prefix and lane."
    )
    instance_id: _Id | None = Field(
        None,
        description="Names this process, and no other of the group, across restarts: a restart then closes "
        "its own left-over transaction at once. Unset: random.",
    )
    batch_max: int = Field(1_000, ge=1, le=10_000, description="Most records in one transaction.")
    batch_linger_ms: int = Field(
        10, ge=0, le=1_000, description="Longest wait for a batch to fill, in milliseconds."
    )
    # The brokers' own bounds: group.min.session.timeout.ms and group.max.session.timeout.ms.
    session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        le=1_800_000,
        description="Silence after which a process counts as dead and its partitions move, in milliseconds.",
    )
    # The brokers' own bound: transaction.max.timeout.ms.
    transaction_timeout_ms: int = Field(
        10_000,
        ge=1_000,
        le=900_000,
        description="How long a killed process can hold back its partitions, in milliseconds.",
    )
    claim_retention: Duration = Field(
        timedelta(hours=48), description="How long a trigger sent again is recognised as the same."
    )
    audience_retention: Duration = Field(
        timedelta(days=30),
        description="How long the members of an execution for an audience are kept after its end; its counts "
        "are kept for good.",
    )
    schedule_grace: Duration = Field(
        timedelta(hours=1),
        description="How late a scheduled execution may start, as after an outage; a later one is missed.",
    )
    registry_poll_seconds: float = Field(
        5.0,
        gt=0,
        le=300,
        description="How often campaigns are read again in case a notification was lost, in seconds.",
    )
    consent_default: ConsentDefault = Field(
        "opt-in",
        description="What marketing campaigns take for consent: `opt-in` needs a profile's explicit `y` for "
        "the channel; with `opt-out` only an explicit `n` excludes.",
    )
    phone_region: Annotated[str | None, AfterValidator(_supported_region)] = Field(
        None,
        description="Two letters of the country (ISO 3166) that telephone numbers without a country's code "
        "belong to, when they are compared with the suppression and allow lists. Unset: these are compared "
        "by their digits. After a change, run `clarion migrate`.",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_capitals)] = Field(
        "INFO", description="The least severe lines that are written."
    )
    log_format: Literal["console", "json"] = Field("console", description="For people, or for machines.")
    http_host: str = Field(
        "0.0.0.0",  # noqa: S104 - probes and scrapers come to a container from outside
        description="Address on which health and metrics are served. `127.0.0.1`: this machine only.",
    )
    http_port: Annotated[int | None, BeforeValidator(_off_is_none)] = Field(
        HTTP_PORT,
        ge=0,
        le=65_535,
        description="Its port. `0`: any that is free; `off`: no HTTP. Unset: 8080, or the next that is free "
        "where another process has that, up to 8099; the log names it. (A Kubernetes service named "
        "`clarion-http` sets this variable itself, unless `enableServiceLinks: false`.)",
    )

    operator: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")] | None = Field(
        None,
        description="Who runs commands, as audit and resolutions name it. Unset: the system's user.",
    )

    @property
    def spare_http_ports(self) -> Sequence[int]:
        """What to try when the port is taken: nothing in place of one that was asked for."""
        return () if "http_port" in self.model_fields_set else _SPARE_HTTP_PORTS

    def group_for(self, lane: str) -> str:
        """The consumer group that reads this lane's topic."""
        return self.group_id or f"{self.topic_prefix}{lane}"
