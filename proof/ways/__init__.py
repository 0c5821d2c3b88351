"""Both ways of a trigger, compared: what the express way makes must be what the rules make, byte for byte.

Triggers are drawn at every rule's border, batch after batch, and decided twice: by the handler as it is, and
by the rules alone, each with a store in memory of its own. `python -m proof.ways` compares 100,000 of them.
"""
