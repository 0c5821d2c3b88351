"""People: their profiles imported from files."""
