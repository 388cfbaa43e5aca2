"""Contact sheets and overlays name the micrographs that they show."""

import numpy as np
import pytest
from PIL import Image

from datagen.micrographs.micrograph_files import Micrograph
from datagen.micrographs.segmentation import Segmentation, decide, overlay
from ssrvae.library.lettering import font, shortened
from ssrvae.library.objects import Scene
from ssrvae.library.overlays import found_by, write_overlay
from ssrvae.library.sheets import draw_sheet

LONG = "2024-11-28_sample_A_grid_03_square_0017.tif#12"


def test_long_names_keep_their_beginning_and_their_end():
    letters = font(10)
    line = shortened(LONG, 90, letters)
    assert letters.getlength(line) <= 90
    before, _, after = line.partition("…")
    assert len(before) > 2
    assert len(after) > 6
    assert LONG.startswith(before)
    assert LONG.endswith(after)
    assert shortened("a.png", 90, letters) == "a.png"
    assert shortened(LONG, 3, letters) == ""


@pytest.mark.parametrize("letter", "üµÅßλЖ")
def test_the_font_has_letters_of_names(letter: str):
    missing = font(20).getmask("\ue000")
    assert bytes(font(20).getmask(letter)) != bytes(missing)


def sheet_of(made_up_objects, sources: list[str]) -> np.ndarray:
    table = made_up_objects(4, ["disc"], ["s"]).assign(source=sources, object=1, probability=1.0, stranger=False)
    return np.asarray(draw_sheet(table, np.zeros((4, 8, 8), np.uint8), "disc"))[48:, 16 : 16 + 4 * 96]


def test_a_tile_of_a_sheet_names_its_micrograph(made_up_objects):
    first, second = (
        np.hsplit(sheet_of(made_up_objects, ["m/a.png", f"m/{name}.png", "m/c.png", "m/d.png"]), 4) for name in "ab"
    )
    assert [bool((one != other).any()) for one, other in zip(first, second, strict=True)] == [False, True, False, False]
    assert (first[0] == first[1]).all()


def test_micrographs_of_one_name_are_told_apart_by_their_folders(made_up_objects):
    tiles = np.hsplit(sheet_of(made_up_objects, ["m/a.png", "n/a.png", "m/a.png", "n/b.png"]), 4)
    assert (tiles[0] == tiles[2]).all()
    assert (tiles[0] != tiles[1]).any()


def test_an_overlay_names_its_micrograph_beneath(tmp_path):
    pixels, objects = np.random.default_rng(0).random((50, 120), np.float32), np.zeros((50, 120), np.int32)
    objects[10:20, 10:20] = 1
    strips, decided = [], decide(pixels, Segmentation(databar_px=0))
    for name in ("m/a.tif", "m/a.tif#2"):
        scene = Scene(Micrograph(pixels, name, None, ""), objects, decided)
        with Image.open(write_overlay(scene, tmp_path)) as picture:
            drawn = np.asarray(picture)
        np.testing.assert_array_equal(drawn[:50], overlay(pixels, objects))
        strips.append(drawn[50:])
    assert (strips[0] != strips[1]).any()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif.png", "a.tif_page2.png"]
    empty = np.full_like(strips[0], 255)
    assert [(strip != empty).any() for strip in strips] == [True, True]


def test_an_overlay_tells_how_objects_were_found():
    given = {"objects": "dark", "threshold": 0.25, "min_area_px": 70, "max_hole_px": 9}
    decided = Segmentation(**given, split_touching=True, databar_px=44)
    told = "dark, threshold 0.25, background auto, min_area_px 70, cut apart, databar of 44 rows left out"
    assert found_by(decided) == told
    assert found_by(Segmentation("bright", None, threshold="otsu", min_area_px=30, databar_px=0)) == (
        "bright, Otsu's threshold, background none, min_area_px 30"
    )
