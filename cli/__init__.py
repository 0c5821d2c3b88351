"""The command line: one module for each noun, and `main`, which tells errors in a sentence."""

from cli.main import main

__all__ = ["main"]
