"""The benchmark: the engine, what Kafka's client itself can do, and peers that do the same work.

Every contender is a process of its own, started as its user would start it, on one real broker. What it wrote
is read back and checked before its figures count. Begin at `__main__.py`.
"""
