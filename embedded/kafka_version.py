"""Which version of Kafka is embedded."""

import os
import re

from embedded.errors import EmbeddedError

VARIABLE = "CLARION_EMBEDDED_KAFKA_VERSION"
DEFAULT = "4.3.1"


def kafka_version() -> str:
    """Return the version that CLARION_EMBEDDED_KAFKA_VERSION names, or the default.

    Raises EmbeddedError for what is not a version: it becomes part of a path and of an image's name.
    """
    version = os.environ.get(VARIABLE) or DEFAULT
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise EmbeddedError(f"{VARIABLE} is {version!r}: it must be a version of Apache Kafka, as {DEFAULT}.")
    return version
