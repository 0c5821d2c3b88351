"""The picture of the rooms is drawn from its text, and shows the floors that the import contracts demand."""

import tomllib
from pathlib import Path

from docs.pictures.draw import PICTURE, SOURCE, drawn, floors

TEXT = SOURCE.read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
LAYERS = [each for each in CONTRACTS["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]


def test_the_picture_is_drawn_from_its_text() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(TEXT), "run `make pictures`"


def test_the_picture_has_the_floors_of_the_import_contracts() -> None:
    doors, rooms = ([set(layer.split(" | ")) for layer in each["layers"]] for each in LAYERS)
    shown = list(floors(TEXT))
    inside = [{name for name, _ in floor.rooms} for floor in shown if floor.house == "consumer"]
    assert inside == rooms, "correct docs/pictures/rooms.txt, then run `make pictures`"
    outside = [{name for name, _ in floor.rooms} for floor in shown if not floor.house]
    assert outside == [layer for layer in doors if layer != {"consumer"}]
