"""Partitions and transactions: each record counts once, whatever dies. No campaign is known here."""
