"""Ports in addresses: a wrong one is otherwise met as a library's error, or as silence."""

import re
from typing import Final

PORT_MAX: Final = 65_535

_PORT: Final = re.compile(r":([0-9]{1,20})\s*$")


def check_ports(servers: str) -> str:
    """The same text. Raises ValueError for a port that no server can have."""
    for server in servers.split(","):
        found = _PORT.search(server)
        if found and not 1 <= int(found[1]) <= PORT_MAX:
            # Not quoted: where a URL is written wrong, it can be a part of the password.
            raise ValueError(f"a port must be a whole number from 1 to {PORT_MAX}")
    return servers


def check_url_ports(url: str) -> str:
    """The same for the hosts of a PostgreSQL URL, which may name several."""
    hosts = re.split(r"[/?]", url.partition("://")[2], maxsplit=1)[0]
    check_ports(hosts.rpartition("@")[2])
    return url
