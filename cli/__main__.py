"""`python -m cli` is `clarion`."""

from cli import main

main()
