"""Who changed what: each change is recorded in the database transaction that makes it."""
