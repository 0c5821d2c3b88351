"""What can go wrong here; each message says how to fix it."""


class EmbeddedError(Exception):
    """An embedded server is not to be had; the message says why and what to do."""


class PortTakenError(EmbeddedError):
    """The port was free when it was chosen and taken when the server came to it."""


def no_room(error: object) -> EmbeddedError:
    """Report a temporary folder or a file in it that could not be made."""
    return EmbeddedError(f"{error}. Make room there, or let TMPDIR name another folder.")
