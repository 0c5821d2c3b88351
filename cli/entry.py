"""Where the command line begins: its modules take a second to import, and Ctrl-C must end that quietly."""

import signal


def main() -> None:
    """Run the command. Ctrl-C ends the process without a stack trace, whenever it comes."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli.main import main as run_command  # noqa: PLC0415 - this is what takes a second

    run_command()
