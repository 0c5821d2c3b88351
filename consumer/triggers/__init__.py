"""A trigger's trip: read, judged, claimed, encoded, sent."""
