"""What is built from a clone holds all that its commands need, and loads no more than they use."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OPTIONAL_PACKAGES = ("proof", "embedded", "demo", "bench")


def test_the_image_is_built_from_every_package_of_the_wheel() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert packages
    assert not [package for package in packages if f"!{package.split('/')[0]}" not in ignore_lines()]


def test_the_image_is_built_from_every_file_that_its_build_names() -> None:
    project = PROJECT["project"]

    named = [project["readme"], *project["license-files"], "pyproject.toml", "requirements"]

    assert not [name for name in named if f"!{name}" not in ignore_lines()]


def test_the_command_line_loads_neither_the_proof_nor_the_demo_nor_their_servers() -> None:
    module = PROJECT["project"]["scripts"]["clarion"].partition(":")[0]
    program = f"import sys, {module}, cli.main; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()

    assert module in loaded
    assert not [name for name in loaded if name.startswith(OPTIONAL_PACKAGES)]


def ignore_lines() -> list[str]:
    return (ROOT / ".dockerignore").read_text().splitlines()
