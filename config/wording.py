"""Bad settings in words: the variable, what was wrong, what is allowed; never a value that may be secret."""

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import environment_name

# Patterns are for machines: what they allow is said here.
_ALLOWED = {
    "kafka_bootstrap_servers": "must be host:port, several separated by commas",
    "topic_prefix": "must be 1 to 200 letters, digits, '.', '_' or '-', as in a topic's name",
    "group_id": "must be 1 to 200 letters, digits, '.', '_' or '-'",
    "instance_id": "must be 1 to 200 letters, digits, '.', '_' or '-'",
    "kafka_sasl_oauth_token_endpoint": "must begin with https:// or http://",
    "oidc_issuer": "must begin with https:// or http://",
    "embedded_kafka_version": "must be a version of Apache Kafka, as 4.3.1",
    "database_url": "must begin with postgresql:// or postgres://",
    "http_port": "must be a whole number from 0 to 65535, or off",
}


def worded(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for each bad setting."""
    details = error.errors(include_url=False, include_input=False)
    return "\n".join(_line(detail, model) for detail in details)


def _line(detail: ErrorDetails, model: type[BaseModel]) -> str:
    field = str(detail["loc"][0])
    if field not in model.model_fields:
        return f"{field}: is not a setting"
    if detail["type"] == "value_error":
        return f"{environment_name(field)}: {detail['ctx']['error']}"
    return f"{environment_name(field)}: {_ALLOWED.get(field) or _fault(detail)}"


def _fault(detail: ErrorDetails) -> str:
    if detail["type"] == "path_not_file":
        return "there is no such file"
    return detail["msg"].removeprefix("Input ").replace("should be", "must be")
