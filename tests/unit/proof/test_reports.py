"""The runs that are published: what the guarantees say of them is what they reported."""

from pathlib import Path

import orjson
import pytest

from proof.faults import KINDS

DOCS = Path(__file__).parents[3] / "docs"
REPORTS = sorted((DOCS / "proof").glob("seed-*.json"))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_the_guarantees_tell_what_a_published_run_found(path: Path) -> None:
    report = orjson.loads(path.read_bytes())
    volumes, counts = report["volumes"], report["counts"]
    row = (
        f"| {report['plan']['seed']} | {report['triggers']:,} | {volumes['deliveries']:,} "
        f"| {len(report['faults'])} | {counts['lost']} | {counts['duplicated']} | {counts['misordered']} |"
    )

    assert row in (DOCS / "guarantees.md").read_text()
    assert f"]({path.relative_to(DOCS)})" in (DOCS / "guarantees.md").read_text()


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_published_run_met_every_kind_of_fault(path: Path) -> None:
    report = orjson.loads(path.read_bytes())

    assert report["holds"]
    assert report["plan"]["sabotage"] is None
    assert {fault["kind"] for fault in report["faults"]} == {*KINDS}


def test_there_are_published_runs_of_several_seeds() -> None:
    assert len(REPORTS) >= 3
