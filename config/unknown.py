"""Variables that look like settings and are none: a misspelt one would otherwise be ignored in silence."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from config.errors import ENVIRONMENT_PREFIX, environment_name
from config.settings import Settings

_OTHERS: Final = re.compile(
    # The tests' own switches, and what compose.yaml fills in.
    r"CLARION_(?:TEST_\w+|POSTGRES_PASSWORD|POSTGRES_PORT|KAFKA_PORT)"
    # What Kubernetes sets for each service of the namespace whose name begins with `clarion`.
    r"|CLARION_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
)
_SERVICE_ADDRESS: Final = ("tcp://", "udp://", "sctp://")
"""As Kubernetes sets `CLARION_..._PORT`."""


def unknown(environment: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each variable that is no setting, with the setting that was likely meant."""
    known = [environment_name(field) for field in Settings.model_fields]
    for name, value in environment.items():
        # An empty variable counts as unset.
        if not value or not name.startswith(ENVIRONMENT_PREFIX) or name in known:
            continue
        if _OTHERS.fullmatch(name) or value.startswith(_SERVICE_ADDRESS):
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        fix = f"did you mean {near[0]}?" if near else "unset it; docs/settings.md lists the settings."
        yield f"{name}: is not a setting; {fix}"
