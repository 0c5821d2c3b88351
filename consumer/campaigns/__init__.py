"""Campaigns as stored and as executed: files, review, lifecycle, and the registry of those that are live."""
