"""Checking campaigns' files as far as that needs no database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from consumer.campaigns.documents import Document, Mistake, UnreadableFileError
from consumer.campaigns.errors import Finding
from consumer.campaigns.files import read_written
from consumer.campaigns.review import FINDINGS, review_offline


class Checked(NamedTuple):
    file: Path
    findings: Sequence[Finding]
    """Their lines are the file's."""
    is_unopened: bool = False


def check_file(path: Path, now: datetime) -> Checked:
    """What a review finds without the channel configurations, or what keeps the file from being read."""
    try:
        campaign, document = read_written(path)
    except UnreadableFileError as error:
        found = [_of_mistake(mistake) for mistake in error.mistakes]
        if error.is_unopened:
            found = [replace(each, fix="Name a file that can be read.") for each in found]
        return Checked(path, found, error.is_unopened)
    return Checked(path, [_located(document, finding) for finding in review_offline(campaign, now)])


def _of_mistake(mistake: Mistake) -> Finding:
    kind = FINDINGS[mistake.code]
    return Finding(
        mistake.code, kind.severity, mistake.path, mistake.problem, kind.fix.format(), line=mistake.line
    )


def _located(document: Document, finding: Finding) -> Finding:
    steps = finding.path.split(".")
    line = document.text_line(steps, finding.line) if finding.line else document.line(steps)
    return replace(finding, line=line)
