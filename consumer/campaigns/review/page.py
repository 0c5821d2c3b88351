"""docs/review.md, made from the table: `python -m consumer.campaigns.review.page > docs/review.md`."""

import sys
from collections.abc import Iterator
from typing import Final

from consumer.campaigns.review.table import FINDINGS, FindingKind

_HEAD: Final = """\
# Review

A campaign is reviewed when its file is applied, when it is activated, and by two commands:

```console
$ clarion campaigns check sale.yaml        # a file, with its lines; needs no database
$ clarion campaigns review summer-sale     # the draft, else the current version
```

Both take `--json` and exit with 1 when there are errors. Errors keep a campaign from being activated and from
being proofed; warnings do not. A finding has a `code`, a `severity`, its place (`path`, `channel`, `locale`
and `line`, of the template or, by `check`, of the file), a `sentence` and how to `fix` it. What is in braces
differs from case to case.

Lengths are measured with the values of the sample (`clarion campaigns sample ID`).
"""


def review_page() -> str:
    """The page as it must be."""
    return "".join([_HEAD, *_section("Errors", "error"), *_section("Warnings", "warning")])


def _section(title: str, severity: str) -> Iterator[str]:
    yield f"\n## {title}\n\n| code | finding | what to do |\n|---|---|---|\n"
    for kind in FINDINGS.values():
        if kind.severity == severity:
            yield _row(kind)


def _row(kind: FindingKind) -> str:
    remark = " Not by `check`." if kind.needs_database else ""
    return f"| `{kind.code}` | {kind.sentence}{remark} | {_escaped(kind.fix)} |\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(review_page())
