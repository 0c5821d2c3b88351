"""Another package that has the name of one of Clarion's: which one, where, and what to do."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("config", "consumer", "demo", "embedded", "gateway", "proof", "schemas")
"""Clarion's own, beside `cli`; a test compares them with the wheel's."""


def hidden_package(error: ImportError) -> str | None:
    """A sentence, when an import failed because a package of Clarion's is hidden or was overwritten."""
    package = (error.name or "").partition(".")[0]
    if package not in PACKAGES:
        return None
    spec = find_spec(package)
    where = f"the one at {Path(spec.origin).parent}" if spec and spec.origin else "none that can be imported"
    return (
        f"Clarion's package `{package}` is not found: there is {where}. Another program brought a package of "
        "the same name, or removed it. Install Clarion in an environment of its own, with "
        "`uv tool install clarion` or `pipx install clarion`."
    )
