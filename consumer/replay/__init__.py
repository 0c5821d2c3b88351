"""Dead letters fixed, replayed once, or discarded.

Everything that writes here does so under one transactional.id (writer.py), which is what
makes "once" true. See docs/adr/0008-replay.md.
"""
