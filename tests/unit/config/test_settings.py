from datetime import timedelta
from pathlib import Path

import pytest

from config.errors import SettingsError
from config.kafka import kafka_client_options, kafka_producer_options
from config.loading import load_settings
from config.reference import settings_page
from config.settings import Settings
from embedded.kafka_version import DEFAULT

LOGIN: dict[str, object] = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_username": "u",
    "kafka_sasl_password": "p",
}
OAUTH: dict[str, object] = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "OAUTHBEARER",
    "kafka_sasl_oauth_token_endpoint": "https://login.example/token",
    "kafka_sasl_oauth_client_id": "clarion",
    "kafka_sasl_oauth_client_secret": "s",
}
PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CLARION_{name.upper()}", raising=False)


def refusal(**overrides: object) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(**overrides)
    return str(refused.value).splitlines()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_BATCH_MAX", "50")
    monkeypatch.setenv("CLARION_CLAIM_RETENTION", "1d12h")
    monkeypatch.setenv("CLARION_LOG_LEVEL", "warning")
    settings = load_settings()
    assert settings.batch_max == 50
    assert settings.claim_retention == timedelta(hours=36)
    assert settings.log_level == "WARNING"


def test_an_override_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_BATCH_MAX", "50")
    assert load_settings(batch_max=7).batch_max == 7


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", "")
    monkeypatch.setenv("CLARION_BATCH_MAX", "")
    assert load_settings().kafka_bootstrap_servers is None
    assert load_settings().batch_max == 1_000


def test_the_default_version_of_the_embedded_kafka_is_documented() -> None:
    assert f"`{DEFAULT}`" in (Settings.model_fields["embedded_kafka_version"].description or "")


def test_other_variables_of_that_prefix_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes sets CLARION_SERVICE_HOST and the like for a service named `clarion`."""
    monkeypatch.setenv("CLARION_SERVICE_HOST", "10.0.0.1")
    load_settings()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kafka_bootstrap_servers", "kafka://broker:9092"),
        ("kafka_bootstrap_servers", "broker:9092,"),
        ("embedded_kafka_version", "latest"),
        ("kafka_sasl_oauth_token_endpoint", "login.example/token"),
        ("kafka_security_protocol", "TLS"),
        ("kafka_sasl_mechanism", "KERBEROS"),
        ("compression", "brotli"),
        ("kafka_ssl_cafile", "/no/such/file.pem"),
        ("database_url", "mysql://host/database"),
        ("topic_prefix", "two words"),
        ("topic_prefix", "x" * 201),
        ("group_id", "a/b"),
        ("instance_id", "ä"),
        ("topic_partitions", "0"),
        ("replication_factor", "0"),
        ("batch_max", "0"),
        ("batch_max", "10001"),
        ("batch_max", "many"),
        ("batch_linger_ms", "-1"),
        ("session_timeout_ms", "5999"),
        ("transaction_timeout_ms", "900001"),
        ("claim_retention", "2 weeks"),
        ("claim_retention", "0s"),
        ("registry_poll_seconds", "0"),
        ("registry_poll_seconds", "nan"),
        ("phone_region", "Sweden"),
        ("phone_region", "XX"),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("http_port", "tcp://10.0.0.1:8080"),
        ("http_port", "65536"),
    ],
)
def test_a_bad_value_is_one_line_that_names_its_variable(field: str, value: str) -> None:
    (line,) = refusal(**{field: value})
    assert line.startswith(f"CLARION_{field.upper()}: ")


def test_all_bad_values_are_told_at_once() -> None:
    assert len(refusal(batch_max="0", log_format="xml", http_port="x")) == 3


def test_a_secret_is_never_shown() -> None:
    secret = "hunter2"  # noqa: S105 - the test's own
    lines = refusal(
        kafka_sasl_password=secret, database_url=f"mysql://u:{secret}@h", kafka_ssl_keyfile_password=secret
    )
    settings = load_settings(
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="u",
        kafka_sasl_password=secret,
        database_url=f"postgresql://u:{secret}@h/d",
    )
    assert secret not in "".join(lines) + repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (
            {"kafka_security_protocol": "SASL_SSL"},
            ["CLARION_KAFKA_SASL_USERNAME", "CLARION_KAFKA_SASL_PASSWORD"],
        ),
        ({"kafka_sasl_username": "u"}, ["CLARION_KAFKA_SASL_USERNAME"]),
        (
            {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER"},
            [
                "CLARION_KAFKA_SASL_OAUTH_TOKEN_ENDPOINT",
                "CLARION_KAFKA_SASL_OAUTH_CLIENT_ID",
                "CLARION_KAFKA_SASL_OAUTH_CLIENT_SECRET",
            ],
        ),
        (LOGIN | {"kafka_sasl_oauth_scope": "kafka"}, ["CLARION_KAFKA_SASL_OAUTH_SCOPE"]),
        ({"kafka_sasl_oauth_scope": "kafka"}, ["CLARION_KAFKA_SASL_OAUTH_SCOPE"]),
        (OAUTH | {"kafka_sasl_username": "u"}, ["CLARION_KAFKA_SASL_USERNAME"]),
        ({"kafka_ssl_check_hostname": False}, ["CLARION_KAFKA_SSL_CHECK_HOSTNAME"]),
        ({"kafka_ssl_cafile": __file__}, ["CLARION_KAFKA_SSL_CAFILE"]),
        (
            {"kafka_ssl_keyfile": __file__, "kafka_security_protocol": "SSL"},
            ["CLARION_KAFKA_SSL_KEYFILE"],
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(overrides: dict[str, object], named: list[str]) -> None:
    assert [line.partition(":")[0] for line in refusal(**overrides)] == named


def test_the_port_can_be_any_or_off() -> None:
    assert load_settings(http_port="0").http_port == 0
    assert load_settings(http_port="off").http_port is None


def test_the_group_is_named_after_prefix_and_lane_unless_given() -> None:
    assert load_settings().group_for("unitary") == "clarion.unitary"
    assert load_settings(topic_prefix="acme-").group_for("high-throughput") == "acme-high-throughput"
    assert load_settings(group_id="ours").group_for("unitary") == "ours"


def test_plain_client_options_hold_no_credentials() -> None:
    options = kafka_client_options(load_settings(kafka_bootstrap_servers="a:1,b:2"))
    assert options == {"bootstrap_servers": "a:1,b:2", "security_protocol": "PLAINTEXT"}


def test_a_login_over_tls_gives_all_client_options() -> None:
    options = kafka_client_options(
        load_settings(
            kafka_bootstrap_servers="a:1",
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_mechanism="SCRAM-SHA-512",
            kafka_sasl_username="u",
            kafka_sasl_password="p",  # noqa: S106 - the test's own
        )
    )
    assert options.pop("ssl_context").check_hostname
    assert options == {
        "bootstrap_servers": "a:1",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }


def test_a_file_without_certificates_is_a_clear_error() -> None:
    settings = load_settings(
        kafka_bootstrap_servers="a:1", kafka_security_protocol="SSL", kafka_ssl_cafile=__file__
    )
    with pytest.raises(SettingsError, match=r"CLARION_KAFKA_SSL_\*: the certificates .* cannot be used"):
        kafka_client_options(settings)


def test_the_page_of_settings_is_up_to_date() -> None:
    """`python -m config.reference > docs/settings.md` fixes it."""
    assert PAGE.read_text() == settings_page()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_producers_compress_as_set(codec: str) -> None:
    assert kafka_producer_options(load_settings(compression=codec)) == {"compression_type": codec}


def test_producers_compress_by_zstd_unless_told_otherwise() -> None:
    assert kafka_producer_options(load_settings()) == {"compression_type": "zstd"}
    assert kafka_producer_options(load_settings(compression="none")) == {"compression_type": None}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("CLARION_BATCHMAX", "CLARION_BATCHMAX: is not a setting; did you mean CLARION_BATCH_MAX?"),
        ("CLARION_HTPP_PORT", "CLARION_HTPP_PORT: is not a setting; did you mean CLARION_HTTP_PORT?"),
        ("CLARION_X", "CLARION_X: is not a setting; unset it; docs/settings.md lists the settings."),
    ],
)
def test_a_variable_that_is_no_setting_is_refused(
    name: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert refusal() == [sentence]
    assert refusal(batch_max=0)[0] == sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLARION_POSTGRES_PASSWORD", "p"),
        ("CLARION_TEST_COMPOSE", "1"),
        ("CLARION_SERVICE_HOST", "10.0.0.1"),
        ("CLARION_HTTP_SERVICE_PORT_METRICS", "8080"),
        ("CLARION_METRICS_PORT", "tcp://10.0.0.1:8080"),
        ("CLARION_HTTP_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("CLARION_BATCHMAX", ""),
    ],
)
def test_what_others_set_beside_the_settings_is_none_of_ours(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    load_settings()


def test_signing_keys_are_bytes_in_hex_and_the_first_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_SECRET_KEY", f"{'ab' * 32},{'cd' * 32}")
    assert load_settings().signing_keys == [b"\xab" * 32, b"\xcd" * 32]
    monkeypatch.delenv("CLARION_SECRET_KEY")
    assert load_settings().signing_keys == ()


@pytest.mark.parametrize("keys", ["ab", "ab" * 31, f"{'ab' * 32},", "z" * 64])
def test_a_signing_key_that_cannot_be_used_is_told_without_its_text(
    monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.setenv("CLARION_SECRET_KEY", keys)
    with pytest.raises(SettingsError, match=r"^CLARION_SECRET_KEY: must be 32 bytes in hex") as raised:
        load_settings()
    assert keys not in str(raised.value)
