"""The rules, pure: who gets which message, and why not. No I/O, no settings; time is an argument."""
