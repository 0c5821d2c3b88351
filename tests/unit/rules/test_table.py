"""docs/rules.md shows the table of rules, and the table names every reason and where it is decided."""

import re
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name

import pytest

from consumer.rules.table import RULES, UNNUMBERED, Rule
from schemas.reasons import TABLE, Reason, Scope

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def row(rule: Rule) -> str:
    reasons = ", ".join(f"`{reason}`" for reason in rule.reasons)
    where = ", ".join(link(each) for each in rule.where)
    return f"| {rule.number} | {rule.requires} | {reasons} | {where} |"


def link(where: str) -> str:
    module, name = where.split(":")
    return f"[`{name}`](../{module.replace('.', '/')}.py)"


def test_the_page_has_one_row_for_each_rule_in_their_order() -> None:
    assert re.findall(r"^\| \d+ .*$", PAGE, re.MULTILINE) == [row(rule) for rule in RULES]


def test_the_rules_are_numbered_without_gaps() -> None:
    assert [rule.number for rule in RULES] == list(range(1, len(RULES) + 1))


def test_every_reason_is_given_by_one_rule_or_is_named_as_given_by_none() -> None:
    given = [*chain.from_iterable(rule.reasons for rule in RULES), *UNNUMBERED]
    assert sorted(given) == sorted(Reason)


def test_the_rules_stand_in_the_order_of_the_table_of_reasons() -> None:
    given = [*chain.from_iterable(rule.reasons for rule in RULES)]
    assert given == [reason for reason in TABLE if reason in given]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"rule {rule.number}")
def test_a_rule_is_decided_where_the_table_says(rule: Rule) -> None:
    assert all(callable(resolve_name(each)) for each in rule.where)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"rule {rule.number}")
def test_a_rule_concerns_what_the_page_says(rule: Rule) -> None:
    scope = Scope.TRIGGER if rule.number <= 7 else Scope.RECIPIENT if rule.number <= 9 else Scope.CHANNEL
    assert {TABLE[reason].scope for reason in rule.reasons} == {scope}


def test_every_rule_that_the_code_cites_exists() -> None:
    files = [*(ROOT / "consumer").rglob("*.py"), *(ROOT / "schemas").rglob("*.py")]
    cited = {
        int(number)
        for file in files
        for span in re.findall(r"\b[Rr]ules? (\d+(?:(?:,| and| to) \d+)*)", file.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", span)
    }
    assert cited <= {rule.number for rule in RULES}
    assert cited
