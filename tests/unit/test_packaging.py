"""What is built from a clone holds all that its commands need."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_image_is_built_from_every_package_of_the_wheel() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert packages
    assert not [package for package in packages if f"!{package.split('/')[0]}" not in ignore_lines()]


def test_the_image_is_built_from_every_file_that_its_build_names() -> None:
    project = PROJECT["project"]

    named = [project["readme"], *project["license-files"], "pyproject.toml", "requirements"]

    assert not [name for name in named if f"!{name}" not in ignore_lines()]


def ignore_lines() -> list[str]:
    return (ROOT / ".dockerignore").read_text().splitlines()
