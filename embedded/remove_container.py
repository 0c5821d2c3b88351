"""Remove a Docker container: what the supervisor of one does at the end, as a program of its own."""

import sys
import time

from docker.errors import DockerException, NotFound  # type: ignore[import-untyped]  # it ships no types
from testcontainers.core.docker_client import DockerClient

# The parent may have died while the engine was still making the container.
LOOK_SECONDS = 3.0


def remove(name: str) -> None:
    client = DockerClient().client
    deadline = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < deadline:
        try:
            client.containers.get(name).remove(force=True, v=True)
        except NotFound:
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    try:
        remove(sys.argv[1])
    except DockerException as error:
        sys.exit(str(error))
