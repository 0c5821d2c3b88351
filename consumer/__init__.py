"""The engine: from a trigger record to deliveries, dead letters and created profiles, exactly once."""
