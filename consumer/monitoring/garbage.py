"""How often a process looks for garbage."""

import gc


def collect_garbage_seldom() -> None:
    """Call it once all is imported: what is there by then is never looked through again.

    A batch, or a hundred calls, make some ten thousand objects that die together. To look through them and
    through all that was imported, after every 700, took a quarter of the time of deciding a trigger, and an
    eighth of a call to the gateway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
