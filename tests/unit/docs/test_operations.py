"""The runbook has an entry for every reason, in the table's words."""

import re
from pathlib import Path

import pytest

from schemas.reasons import TABLE, Reason

RUNBOOK = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))


def test_the_runbook_has_one_entry_for_each_reason_in_the_order_of_the_rules() -> None:
    assert list(ENTRIES) == [reason.value for reason in Reason]


@pytest.mark.parametrize("reason", Reason)
def test_an_entry_says_what_it_means_who_can_mend_it_and_how(reason: Reason) -> None:
    entry, told = TABLE[reason], ENTRIES[reason]
    assert entry.meaning in told
    assert entry.action in told
    assert f"*{entry.kind.capitalize()}, of the {entry.scope}. Who can fix it: " in told
    assert "```sh\nclarion " in told


def test_links_within_the_runbook_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", RUNBOOK, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", RUNBOOK)) <= headings
