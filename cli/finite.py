"""Numbers on the command line that must be numbers: `nan` passes every bound, as it is not beyond any."""

from math import isfinite

import typer


def finite(number: float | None) -> float | None:
    """An option's callback. Raises BadParameter."""
    if number is not None and not isfinite(number):
        raise typer.BadParameter(f"{number} is no number to go by.")
    return number
