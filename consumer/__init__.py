"""The engine: from a record on a trigger topic to deliveries, dead letters and created profiles, exactly once."""
