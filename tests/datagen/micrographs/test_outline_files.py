"""COCO files: good ones, and what people and programs write instead."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.micrographs.outline_files import outlined_objects

SHAPES = {"a.png": (30, 40), "b.png": (30, 40)}
SQUARE = [4, 6, 14, 6, 14, 16, 4, 16]


def coco(*outlines: Any, **changes: Any) -> dict[str, Any]:
    annotations = [
        {"id": number, "image_id": 1, "category_id": 5, "segmentation": outline, "iscrowd": 0}
        for number, outline in enumerate(outlines)
    ]
    images = [{"id": 1, "file_name": "images/a.png", "height": 30, "width": 40}]
    return {"images": images, "annotations": annotations, "categories": [{"id": 5, "name": "cube"}], **changes}


@pytest.fixture
def read(tmp_path: Path):
    def read(content: Any):
        path = tmp_path / "outlines.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return outlined_objects(path, SHAPES)

    return read


def test_a_polygon_holds_the_pixels_whose_middle_lies_in_it(read):
    objects, told = read(coco([SQUARE]))
    (each,) = objects["a.png"]
    assert (each.row, each.column, each.class_name, told) == (6, 4, "cube", {})
    np.testing.assert_array_equal(each.mask, np.ones((10, 10), dtype=bool))


def test_the_pieces_of_an_object_that_another_hides_in_part_are_one_object(read):
    objects, _ = read(coco([SQUARE, [20, 6, 24, 6, 24, 16, 20, 16]]))
    (each,) = objects["a.png"]
    assert each.mask.sum() == 140


def test_run_lengths_and_polygons_give_the_same_mask(read):
    mask = np.zeros((30, 40), dtype=bool)
    mask[6:16, 4:14] = True
    changes = np.flatnonzero(np.diff(np.concatenate([[0], mask.T.ravel(), [0]]))).tolist()
    counts = np.diff([0, *changes, mask.size]).tolist()
    objects, _ = read(coco([SQUARE], {"size": [30, 40], "counts": counts}))
    polygon, lengths = objects["a.png"]
    assert (polygon.row, polygon.column) == (lengths.row, lengths.column)
    np.testing.assert_array_equal(polygon.mask, lengths.mask)


def test_a_bow_tie_becomes_its_larger_wing_and_is_told(read):
    objects, told = read(coco([[2, 2, 2, 22, 26, 10, 26, 14]]))
    (each,) = objects["a.png"]
    assert told == {"outlines cross themselves: the largest piece is used": 1}
    assert each.column == 2
    assert each.column + each.mask.shape[1] < 24
    assert each.mask.sum() > 100


def test_a_plain_outline_with_a_dent_and_a_repeated_corner_crosses_nothing(read):
    _, told = read(coco([[2, 2, 20, 2, 20, 20, 11, 10, 11, 10, 2, 20, 2, 2]]))
    assert told == {}


@pytest.mark.parametrize("outline", [[], None, [[]], [[3, 3, 9, 9]], [[60, 60, 70, 60, 70, 70]]])
def test_an_outline_that_holds_nothing_is_left_out_and_told(read, outline):
    objects, told = read(coco([SQUARE], outline))
    assert len(objects["a.png"]) == 1
    assert sum(told.values()) == 1
    assert "left out" in next(iter(told))


def test_crowds_are_left_out_and_told(read):
    content = coco([SQUARE], [SQUARE])
    content["annotations"][1]["iscrowd"] = 1
    objects, told = read(content)
    assert len(objects["a.png"]) == 1
    assert told == {"outlines are of crowds, no single object: left out": 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[1]", "has no images"),
        (coco(), "has no annotations"),
        (coco([SQUARE], categories=[{"id": 5}]), "one of the categories has no name"),
        (coco([SQUARE], images=[{"id": 1, "file_name": "c.png"}]), "outlines c.png, which is not among the 2"),
        (coco([SQUARE], images=[{"id": 2, "file_name": "a.png"}]), "has image_id 1, not in images"),
        (coco([SQUARE], categories=[{"id": 1, "name": "cube"}]), "has category_id 5, not in categories"),
        (
            coco([SQUARE], images=[{"id": 1, "file_name": "a.png", "height": 60, "width": 80}]),
            "are drawn in 60 x 80 px; the micrograph has 30 x 40",
        ),
        (coco([[1, 2, 3]]), "annotation 0 of a.png is damaged"),
        (coco(["abc"]), "annotation 0 of a.png is damaged"),
        (coco({"size": [4, 6], "counts": [24]}), "its run-length mask has 4 x 6 px"),
        (coco({"size": [30, 40], "counts": [24]}), "run lengths add up to 24"),
        (coco({"size": [30, 40]}), "annotation 0 of a.png is damaged"),
    ],
)
def test_what_is_no_coco_file_of_these_micrographs_is_one_line_that_names_it(read, content, told):
    with pytest.raises(InputError, match=told) as raised:
        read(content)
    assert "outlines.json" in str(raised.value)
    assert "\n" not in str(raised.value)
