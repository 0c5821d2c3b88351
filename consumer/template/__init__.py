"""The template language: what an author may write, how it is checked, compiled and evaluated.

`compiled` is the door; render.py alone goes through it.
"""
