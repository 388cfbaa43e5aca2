"""Points that somebody set in objects, and the objects that a segmentation finds."""

from pathlib import Path

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.micrographs.point_tables import Point, pointed_objects, read_points
from datagen.micrographs.segmentation import Segmentation

SHAPES = {"a.png": (40, 60)}


def discs(*centres: tuple[int, int]) -> np.ndarray:
    rows, columns = np.indices((40, 60))
    inside = np.any([(rows - row) ** 2 + (columns - column) ** 2 <= 36 for row, column in centres], axis=0)
    return np.where(inside, 0.8, 0.2).astype(np.float32)


def test_a_point_gives_its_class_to_the_object_that_it_lies_in_and_others_are_counted():
    pixels = {"a.png": discs((12, 12), (12, 40), (30, 25))}
    points = {"a.png": [Point(12, 12, "cell"), Point(39, 13, "one"), Point(42, 11, "two"), Point(55, 35, "cell")]}
    found = pointed_objects(pixels, points, Segmentation())
    assert [each.class_name for each in found.micrographs[0].objects] == ["cell", "", ""]
    assert found.remarks == ["1 of 4 points lie in no object", "2 of 4 points share an object with another"]


def test_a_micrograph_without_objects_is_left_out_and_told():
    points = {"a.png": [Point(12, 12, "cell"), *[Point(0, 0, "cell")] * 3]}
    found = pointed_objects({"a.png": discs((12, 12)), "b.png": discs()}, points, Segmentation())
    assert [each.name for each in found.micrographs] == ["a.png"]
    left_out, lost = found.remarks
    assert left_out.startswith("1 of 2 micrographs are left out, as b.png: no object found")
    assert lost == "3 of 4 points lie in no object"


def test_points_are_read_by_micrograph(tmp_path: Path):
    (tmp_path / "points.csv").write_text("image, x, y, class\na.png, 3.5, 8, round\n")
    assert read_points(tmp_path / "points.csv", SHAPES) == {"a.png": [Point(3.5, 8, "round")]}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("b.png,1,1,round", "line 2: 'b.png' is not among the 1 micrographs"),
        ("a.png,60,1,round", "line 2: x, y = 60, 1 lies outside a.png, 60 px wide and 40 high"),
        ("a.png,1,nan,round", "line 2: y 'nan' is not a number"),
        ("a.png,1,1", "line 2: class is empty"),
    ],
)
def test_a_point_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, line, told):
    (tmp_path / "points.csv").write_text(f"image,x,y,class\n{line}\n")
    with pytest.raises(InputError, match=told):
        read_points(tmp_path / "points.csv", SHAPES)
