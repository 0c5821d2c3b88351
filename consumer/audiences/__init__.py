"""Audiences: who belongs to them, and one call that becomes a message to each member, exactly once."""
