"""docs/architecture.md says for every fault point what happens if a process dies there."""

import re
from pathlib import Path

from consumer.exactly_once.fault_points import FaultPoint

PAGE = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_page_has_a_row_for_every_fault_point() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(FaultPoint)
