"""A Docker container of Kafka's official image, by testcontainers: all that is blocking, and all of Docker.

The supervisor removes the container, by its name, when the parent ends. That is what testcontainers' own
reaper (Ryuk) is for, and it holds also where Ryuk's image is not to be had, so Ryuk is not started.
"""

import socket
from contextlib import closing
from typing import Any

from docker.errors import DockerException  # type: ignore[import-untyped]  # it ships no types
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient, get_docker_host

from embedded.errors import EmbeddedError, PortTakenError
from embedded.kafka_version import kafka_version

IMAGE = "apache/kafka"
CLIENT_PORT = 9092
DEFAULT_HOST = "unix:///var/run/docker.sock"
ENGINE_SECONDS = 5
# How Docker says it: its proxy's bind, and its own table of ports.
PORT_TAKEN = ("address already in use", "port is already allocated")


def engine_obstacle() -> str | None:
    """Say what keeps Docker from being used, or return None."""
    try:
        if _nobody_is_at_the_socket():
            return "none answers"
        client = DockerClient(timeout=ENGINE_SECONDS)
        with closing(client.client):
            client.client.ping()
    except (DockerException, OSError):
        return "none answers"
    return None


def image_is_here() -> bool:
    with closing(DockerClient().client) as client:
        return bool(client.images.list(name=_image()))


def pull_obstacle() -> str | None:
    """Pull the image; say what kept it from coming, or return None."""
    try:
        with closing(DockerClient().client) as client:
            client.images.pull(_image())
    except (DockerException, OSError) as error:
        return f"the one that answers cannot pull {_image()}: {error}"
    return None


def engine_host() -> str:
    """Return the address at which the engine's published ports are reached from here."""
    client = DockerClient()
    with closing(client.client):
        # testcontainers takes some machines for containers, and would go round by a gateway.
        if client.client.info()["Name"] == socket.gethostname():
            return "127.0.0.1"
        # Not localhost, which can mean ::1 to a client.
        return client.host().replace("localhost", "127.0.0.1")


class KafkaContainer:
    def __init__(self, name: str, host: str, port: int, environment: dict[str, str]) -> None:
        testcontainers_config.ryuk_disabled = True
        self._container = DockerContainer(image(), name=name, env=environment)
        # Only this machine's programs need to reach it, unless the engine is on another machine.
        interface = "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # noqa: S104 - see above
        # Docker takes this pair; testcontainers only passes it on, and its annotation does not know.
        self._container.ports[f"{CLIENT_PORT}/tcp"] = (interface, port)  # type: ignore[assignment]

    def start(self) -> int:
        """Start the container, or start it again, and return its main process's id."""
        try:
            if self._container.status == "not_started":
                self._container.start()
            else:
                self._container.get_wrapped_container().start()
        except DockerException as error:
            kind = PortTakenError if any(words in str(error) for words in PORT_TAKEN) else EmbeddedError
            raise kind(f"Docker could not start {image()}; fix what it reports: {error}") from error
        return int(self._state()["Pid"])

    def has_ended(self) -> bool:
        try:
            return not self._state()["Running"]
        except DockerException:
            return True

    def kill(self) -> None:
        container = self._container.get_wrapped_container()
        container.kill()
        container.wait()

    def log_lines(self, count: int) -> list[str]:
        try:
            log: bytes = self._container.get_wrapped_container().logs(tail=count)
        except DockerException as error:
            return [f"(no log: {error})"]
        return log.decode(errors="replace").splitlines()

    def close(self) -> None:
        """Close the connections to the engine; the container is the supervisor's to remove."""
        self._container.get_docker_client().client.close()

    def _state(self) -> dict[str, Any]:
        container = self._container.get_wrapped_container()
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        return state


def _nobody_is_at_the_socket() -> bool:
    """Tell it before docker finds out, which then leaves its own socket open, with a warning."""
    scheme, _, path = (get_docker_host() or DEFAULT_HOST).partition("://")
    if scheme != "unix":
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ENGINE_SECONDS)
        return probe.connect_ex(path) != 0


def image() -> str:
    """Return the image's name with its version, as the official registry has it."""
    return f"{IMAGE}:{kafka_version()}"


def _image() -> str:
    return testcontainers_config.hub_image_name_prefix + image()
