"""Ports to listen on."""

import random
import socket

# Below the kernel's range for outgoing connections, one of which could take the port at any moment.
PORTS = range(20000, 32768)


def free_port() -> int:
    """Return a port that nobody listens on just now; whoever comes to it late must try another."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
