"""What is decided once for all micrographs, tried on discs of known size that touch or do not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssrvae.library.decisions import decide_together
from ssrvae.library.labels import read_labels
from ssrvae.library.objects import cut
from ssrvae.library.settings import check_settings
from ssrvae.library.sources import find_sources

RADIUS = 14


def discs(centres: list[tuple[int, int]]) -> np.ndarray:
    row, column = np.mgrid[:320, :320]
    inside = np.any([np.hypot(row - r, column - c) <= RADIUS for r, c in centres], axis=0)
    rng = np.random.default_rng(0)
    return np.round(np.clip(40 + 140 * inside + rng.normal(0, 3, inside.shape), 0, 255)).astype(np.uint8)


@pytest.fixture
def decided(tmp_path: Path):
    """Give a function that decides settings for one micrograph and labels at pixels."""

    def decide(pixels: np.ndarray, labelled: list[tuple[int, int]], **settings: dict):
        (tmp_path / "micrographs").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "micrographs" / "a.png")
        lines = [f"a.png,{row},{column},disc" for row, column in labelled]
        (tmp_path / "labels.csv").write_text("\n".join(["image,row,column,label", *lines]))
        sources = find_sources([tmp_path / "micrographs"], "micrographs")
        return decide_together(sources, read_labels(tmp_path / "labels.csv"), check_settings(settings, "settings"))

    return decide


GRID = [(row, column) for row in range(40, 300, 60) for column in range(40, 300, 60)]
PAIRS = [(row, column + side) for row, column in GRID for side in (-13, 13)]


def test_the_side_is_that_of_the_objects(decided):
    cutting = decided(discs(GRID), GRID).cutting
    # Of the disc and the margin; its blurred edge may take a pixel more.
    assert 2 * (RADIUS + 2) <= cutting.side_px <= 2 * (RADIUS + 5)
    assert cutting.out_side_px is None


def test_touching_objects_are_cut_apart_where_each_is_labelled(decided):
    assert decided(discs(PAIRS), PAIRS).segmentation.split_touching is True


def test_a_cluster_with_narrow_gaps_is_parted_by_a_local_threshold(decided):
    row, column = np.mgrid[:320, :320]
    inside = (row > 60) & (row < 260) & (column > 60) & (column < 260)
    gap = (row % 25 < 3) | (column % 25 < 3)
    pixels = np.where(inside, np.where(gap, 100, 180), 40).astype(np.uint8)
    centres = [(row, column) for row in range(89, 240, 25) for column in range(89, 240, 25)]
    found = decided(pixels, centres).segmentation
    assert (found.threshold, found.split_touching) == ("local", True)
    assert decided(pixels, centres, segmentation={"threshold": "otsu"}).segmentation.threshold == "otsu"


def test_pairs_that_are_labelled_as_one_stay_one(decided):
    found = decided(discs(PAIRS), [(row, column + 6) for row, column in GRID])
    assert found.segmentation.split_touching is False
    assert found.cutting.side_px >= 2 * (RADIUS + 13)


def test_clusters_of_several_sizes_are_parted_though_each_holds_one_label(decided):
    row, pair, triple = (
        [(r, 30 + 100 * i + 26 * k) for r in rows for i in range(3) for k in range(n)]
        for n, rows in ((1, (40, 100)), (2, (160, 210)), (3, (260,)))
    )
    labelled = [*row, *pair[::2], *triple[::3]]
    assert decided(discs([*row, *pair, *triple]), labelled).segmentation.split_touching is True


def test_what_is_given_stays(decided):
    given = {"segmentation": {"split_touching": False}, "cutting": {"side_px": 24, "out_side_px": None}}
    settings = decided(discs(PAIRS), PAIRS, **given)
    assert settings == check_settings(given, "settings")


def test_an_image_without_objects_has_a_side_nevertheless(decided):
    noise = np.random.default_rng(0).integers(0, 9, (90, 90)).astype(np.uint8)
    settings = decided(noise, [(10, 10)], segmentation={"min_area_px": 400})
    assert settings.cutting.side_px == 40
    assert settings.segmentation.split_touching is False


@pytest.mark.parametrize(("side_px", "told"), [(20, True), (48, False), ("auto", False)])
def test_a_side_that_cuts_objects_is_told(tmp_path: Path, side_px: int | str, told: bool):
    Image.fromarray(discs(GRID)).save(tmp_path / "a.png")
    (source,) = find_sources([tmp_path / "a.png"], "micrographs")
    notes = cut(source, check_settings({"cutting": {"side_px": side_px}}, "settings")).notes
    line = f"25 of 25 objects reach beyond their patch; raise cutting: side_px, which is {side_px}"
    assert any(line in note for note in notes) == told


def test_a_databar_that_is_left_out_is_told(tmp_path: Path):
    pixels = np.pad(discs(GRID), ((0, 40), (0, 0)))
    pixels[335:345:2, 20:120] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (source,) = find_sources([tmp_path / "a.png"], "micrographs")
    assert any("a databar of 40 rows left out" in note for note in cut(source, check_settings({}, "settings")).notes)
    given = check_settings({"segmentation": {"databar_px": 40}}, "settings")
    assert cut(source, given).notes == []
