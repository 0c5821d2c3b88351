"""Questions put to the tables: one answer for every door."""
