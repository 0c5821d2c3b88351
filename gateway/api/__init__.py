"""Clarion's own API, under /api/v1: what the command line does, by HTTP."""
