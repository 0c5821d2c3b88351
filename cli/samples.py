"""`clarion samples`: the sample campaigns, channel configurations and profiles as files."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli.output import fail
from config import SAMPLES

NAMES = ("campaigns", "channels.yaml", "profiles.jsonl", "rule-sets")


def samples(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Created if it does not exist.")],
) -> None:
    """Write the sample campaigns, channels, rule sets and profiles to a folder, as a start."""
    if existing := [name for name in NAMES if (directory / name).exists()]:
        fail(f"{directory / existing[0]} exists already; choose another folder.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            _copy(SAMPLES / name, directory / name)
    except OSError as error:
        fail(f"Cannot write to {error.filename or directory}: {error.strerror}.")
    typer.echo(f"Wrote the samples to {directory}/. To use them:")
    typer.echo(f"  clarion channels apply {directory / 'channels.yaml'}")
    typer.echo(f"  clarion rules apply {directory / 'rule-sets'}/*.yaml")
    typer.echo(f"  clarion campaigns apply {directory / 'campaigns'}/*.yaml --activate")
    typer.echo(f"  clarion profiles import {directory / 'profiles.jsonl'}")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
