"""The command line: one module for each noun; entry.py begins, main.py reports errors in a sentence."""
