"""Where the command line begins: nothing here takes time to import, so that Ctrl-C ends it quietly."""

import os
import signal
import sys


def main() -> None:
    """Run the command. Ctrl-C ends the process without a stack trace, whenever it comes."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if not _is_terminal():
        # Typer then prints help and mistakes without boxes. It reads this as it is imported.
        os.environ.setdefault("TYPER_USE_RICH", "0")
    from cli.main import main as run_command  # noqa: PLC0415 - typer, and what signals would meet

    run_command()


def _is_terminal() -> bool:
    # Closed streams are None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr))
