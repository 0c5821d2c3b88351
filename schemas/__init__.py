"""What goes over the wire and into the registry: its shapes, ids and reasons. Imports nothing of ours."""
