"""`python -m cli` is `clarion`."""

from cli.entry import main

main()
