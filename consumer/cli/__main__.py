"""`python -m consumer.cli` is `clarion`."""

from consumer.cli import main

main()
